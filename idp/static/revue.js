// Comforts of « Revue des habilitations »: one key per person. The page works without this file.
(function () {
  "use strict";
  const TOUCHES = { g: "g", r: "r", u: "u" };
  let occupe = false;

  function liste() { return Array.from(document.querySelectorAll(".mcp-revue > li")); }

  function annoncer(texte) {
    const annonce = document.querySelector("[data-annonce]");
    annonce.textContent = "";
    window.setTimeout(function () { annonce.textContent = texte; }, 50);
  }

  // One person at a time is reached by Tab, the others by the arrows.
  function installer() {
    for (const aide of document.querySelectorAll("[data-touches]")) aide.hidden = false;
    liste().forEach(function (ligne, rang) { ligne.tabIndex = rang ? -1 : 0; });
    for (const formulaire of document.querySelectorAll("[data-revue] form[data-touche]")) {
      formulaire.addEventListener("submit", function (evenement) {
        evenement.preventDefault();
        envoyer(formulaire);
      });
    }
  }

  function aller(ligne) {
    for (const autre of liste()) autre.tabIndex = autre === ligne ? 0 : -1;
    ligne.focus();
  }

  async function envoyer(formulaire) {
    if (occupe) return;
    occupe = true;
    // Where they are: the one who is answered of leaves the list, the next takes the place.
    const rang = Math.max(liste().indexOf(formulaire.closest(".mcp-revue > li")), 0);
    const personne = "p-" + formulaire.elements.rattachement.value;
    try {
      const reponse = await fetch(formulaire.action, { method: "POST", body: new URLSearchParams(new FormData(formulaire)) });
      const page = new DOMParser().parseFromString(await reponse.text(), "text/html");
      const nouvelle = page.querySelector("[data-revue]");
      // Signed out, refused or ended meanwhile: the page itself says so.
      if (!reponse.ok || !nouvelle) { window.location.assign(reponse.url); return; }
      montrer(nouvelle, page, reponse.url);
      const suivante = document.getElementById(personne) || liste()[Math.min(rang, liste().length - 1)];
      if (suivante) aller(suivante); else nouvelle.focus();
    } catch (erreur) {
      formulaire.submit();
    } finally {
      occupe = false;
    }
  }

  function montrer(nouvelle, page, adresse) {
    document.querySelector("[data-revue]").replaceWith(nouvelle);
    const alertes = Array.from(page.querySelectorAll("main [role=alert]"));
    for (const ancienne of document.querySelectorAll("main [role=alert]")) ancienne.remove();
    for (const alerte of alertes) nouvelle.before(alerte);
    history.replaceState(null, "", adresse);
    installer();
    const dite = nouvelle.querySelector("[data-dite]");
    const avance = nouvelle.querySelector("label[for=progres]");
    annoncer([dite, avance].filter(Boolean).map(function (un) { return un.textContent.trim(); }).join(" "));
  }

  // Only while the list has the focus (WCAG 2.1.4), and never with a modifier.
  document.addEventListener("keydown", function (evenement) {
    const ligne = evenement.target.closest && evenement.target.closest(".mcp-revue > li");
    if (!ligne || evenement.ctrlKey || evenement.altKey || evenement.metaKey) return;
    const touche = TOUCHES[evenement.key.toLowerCase()];
    if (touche) {
      const formulaire = ligne.querySelector("form[data-touche=" + touche + "]")
        || (touche === "u" && document.querySelector("[data-derniere] form[data-touche=u]"));
      if (formulaire) { evenement.preventDefault(); envoyer(formulaire); }
      return;
    }
    const pas = { ArrowDown: 1, ArrowUp: -1 }[evenement.key];
    const voisine = pas && liste()[liste().indexOf(ligne) + pas];
    if (voisine) { evenement.preventDefault(); aller(voisine); }
  });

  installer();
})();
