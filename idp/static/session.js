// Warns two minutes before the session ends, and lets the keyboard answer; pages work without this file.
(function () {
  "use strict";

  const PREAVIS_S = 120;
  const jeton = document.querySelector("input[name=csrf_token]");
  const mention = document.querySelector("[data-session]");
  let avis = null;

  function paragraphe(texte) {
    const p = document.createElement("p");
    p.textContent = texte;
    return p;
  }

  function bouton(texte, classe, action) {
    const b = document.createElement("button");
    b.type = "button";
    b.className = "btn " + classe;
    b.textContent = texte;
    b.addEventListener("click", action);
    return b;
  }

  function montrer(titre, textes, actions) {
    if (avis) avis.remove();
    avis = document.createElement("dialog");
    avis.className = "mcp-avis";
    avis.setAttribute("role", "alertdialog");
    avis.setAttribute("aria-labelledby", "avis-titre");
    avis.setAttribute("aria-describedby", "avis-texte");
    const entete = document.createElement("h2");
    entete.id = "avis-titre";
    entete.textContent = titre;
    const corps = document.createElement("div");
    corps.id = "avis-texte";
    corps.append(...textes.map(paragraphe));
    const pied = document.createElement("div");
    pied.className = "mcp-actions";
    pied.append(...actions);
    avis.append(entete, corps, pied);
    document.body.append(avis);
    avis.showModal();
  }

  function fermer() {
    if (avis) avis.close();
  }

  function avertir(etat) {
    const minutes = Math.max(1, Math.round(etat.reste_s / 60));
    const dans = "Votre session se termine dans " + minutes + (minutes > 1 ? " minutes." : " minute.");
    if (etat.prolongeable) {
      montrer("Êtes-vous toujours là ?", [dans, "Ce que vous avez saisi est gardé si vous restez."],
        [bouton("Rester connecté", "btn-primary", prolonger)]);
    } else {
      montrer("Votre session va se terminer",
        [dans, "Elle dure dix heures au plus. Enregistrez ce que vous faites, puis connectez-vous à nouveau."],
        [bouton("J’ai compris", "btn-primary", fermer)]);
    }
  }

  function terminee() {
    if (mention) mention.textContent = "Votre session est terminée.";
    const lien = document.createElement("a");
    lien.className = "btn btn-primary";
    lien.href = "/connexion";
    lien.target = "_blank";
    lien.rel = "noopener";
    lien.textContent = "Me reconnecter dans un autre onglet";
    montrer("Votre session est terminée", ["Ce que vous avez saisi est encore dans cette page."],
      [lien, bouton("Fermer", "btn-outline-primary", fermer)]);
  }

  function prolonger() {
    const corps = new URLSearchParams({ csrf_token: jeton ? jeton.value : "" });
    fetch("/session/prolonger", { method: "POST", body: corps, credentials: "same-origin" })
      .then(fermer, fermer).then(demander);
  }

  // Other tabs may have been used meanwhile: the server says what is left.
  function demander() {
    fetch("/session", { credentials: "same-origin" })
      .then(function (reponse) { return reponse.json(); })
      .then(suivre, function () { window.setTimeout(demander, 30000); });
  }

  function suivre(etat) {
    if (etat.reste_s <= 0) {
      terminee();
    } else if (etat.reste_s > PREAVIS_S) {
      fermer();
      window.setTimeout(demander, (etat.reste_s - PREAVIS_S) * 1000);
    } else {
      if (!avis || !avis.open) avertir(etat);
      window.setTimeout(demander, etat.reste_s * 1000 + 500);
    }
  }

  demander();
})();
