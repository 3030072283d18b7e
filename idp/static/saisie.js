// What is typed survives « Précédent », in this tab, until it has served or the person signs out; pages work without
// this file. Forms ask for it by data-saisie; passwords, files and hidden fields are never kept.
(function () {
  "use strict";

  const PREFIXE = "saisie:";
  const JAMAIS = ["password", "hidden", "file", "submit", "button", "reset", "image"];
  const cle = PREFIXE + location.pathname;

  function oublier() {
    for (const nom of Object.keys(sessionStorage)) if (nom.startsWith(PREFIXE)) sessionStorage.removeItem(nom);
  }

  function champs(formulaire) {
    return Array.from(formulaire.elements).filter(function (champ) {
      return champ.name && !JAMAIS.includes(champ.type);
    });
  }

  function estUneCase(champ) {
    return champ.type === "checkbox" || champ.type === "radio";
  }

  function garder(formulaire) {
    const saisie = champs(formulaire).map(function (champ) {
      return [champ.name, champ.value, estUneCase(champ) ? champ.checked : null];
    });
    sessionStorage.setItem(cle, JSON.stringify(saisie));
  }

  function remettre(formulaire) {
    const saisie = JSON.parse(sessionStorage.getItem(cle) || "null");
    if (!Array.isArray(saisie)) return;
    const tous = champs(formulaire);
    for (const [nom, valeur, cochee] of saisie) {
      const champ = tous.find(function (un) {
        return un.name === nom && (estUneCase(un) ? un.value === valeur : true);
      });
      if (!champ) continue;
      if (estUneCase(champ)) champ.checked = Boolean(cochee);
      else champ.value = valeur;
    }
    const mot = document.createElement("p");
    mot.className = "mcp-aide";
    mot.setAttribute("role", "status");
    mot.textContent = "Voici ce que vous aviez saisi.";
    formulaire.prepend(mot);
  }

  function suivre(formulaire) {
    const [navigation] = performance.getEntriesByType("navigation");
    if (navigation && navigation.type === "back_forward") remettre(formulaire);
    else sessionStorage.removeItem(cle);
    for (const quand of ["input", "change", "submit"]) {
      formulaire.addEventListener(quand, function () { garder(formulaire); });
    }
  }

  try {
    const sortie = !document.querySelector(".mcp-menu");
    const fait = document.querySelector(".mcp-alerte-succes[role=status]");
    if (sortie || fait) oublier();
    document.querySelectorAll("form[data-saisie]").forEach(suivre);
  } catch (_erreur) {
    // Storage that is refused or full: the page is as it would be without this file.
  }
})();
