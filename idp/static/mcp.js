// Comforts only: every page works without this file.
(function () {
  "use strict";

  function montrerOuMasquer(champ) {
    const cadre = document.createElement("div");
    const bouton = document.createElement("button");
    const libelle = champ.labels.length ? champ.labels[0].firstChild.textContent.trim() : "mot de passe";
    cadre.className = "mcp-secret";
    bouton.type = "button";
    bouton.className = "btn btn-outline-primary";
    champ.replaceWith(cadre);
    cadre.append(champ, bouton);

    function regler(visible) {
      champ.type = visible ? "text" : "password";
      bouton.textContent = visible ? "Masquer" : "Afficher";
      bouton.setAttribute("aria-label", bouton.textContent + " : " + libelle);
    }
    regler(false);
    champ.autocapitalize = "none";
    champ.spellcheck = false;
    bouton.addEventListener("click", function () { regler(champ.type === "password"); });
    // A browser only offers to save what is a password when the form leaves.
    if (champ.form) champ.form.addEventListener("submit", function () { regler(false); });
  }

  function envoyerUneFois(formulaire) {
    formulaire.addEventListener("submit", function (evenement) {
      if (formulaire.dataset.envoye) {
        evenement.preventDefault();
        return;
      }
      formulaire.dataset.envoye = "oui";
      // Not `disabled`: the name and value of the pressed button must leave with the form.
      for (const bouton of formulaire.querySelectorAll("[type=submit]")) bouton.setAttribute("aria-disabled", "true");
    });
  }

  function rouvrir() {
    // The « back » button may show the page as it was left.
    for (const formulaire of document.querySelectorAll("form[data-once]")) {
      delete formulaire.dataset.envoye;
      for (const bouton of formulaire.querySelectorAll("[aria-disabled]")) bouton.removeAttribute("aria-disabled");
    }
  }

  function refermer(evenement) {
    for (const menu of document.querySelectorAll(".mcp-menu details[open]")) {
      if (evenement.type === "keydown" && evenement.key === "Escape") {
        menu.open = false;
        menu.querySelector("summary").focus();
      } else if (evenement.type === "click" && !menu.contains(evenement.target)) {
        menu.open = false;
      }
    }
  }

  // French puts a space before « : ; ! ? » » and inside guillemets: no line may break there, nor begin with a dash.
  function souderLesSignes() {
    const marche = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    while (marche.nextNode()) {
      const texte = marche.currentNode;
      const soude = texte.data.replace(/ (?=[:;!?»–])/g, "\u00a0").replace(/« /g, "«\u00a0");
      if (soude === texte.data || texte.parentElement.closest("script, textarea, pre, code")) continue;
      texte.data = soude;
    }
  }

  souderLesSignes();
  document.querySelectorAll("input[type=password]").forEach(montrerOuMasquer);
  document.querySelectorAll("form[data-once]").forEach(envoyerUneFois);
  window.addEventListener("pageshow", rouvrir);
  document.addEventListener("click", refermer);
  document.addEventListener("keydown", refermer);
  for (const bouton of document.querySelectorAll("[data-imprimer]")) {
    bouton.hidden = false;
    bouton.addEventListener("click", function () { window.print(); });
  }
  const resume = document.querySelector("[data-focus]");
  if (resume) resume.focus();
})();
