// Passkeys: a button that asks the device, then sends an ordinary form. Hidden where the browser cannot.
(function () {
  "use strict";

  if (!window.PublicKeyCredential || !navigator.credentials) return;

  function octets(texte) {
    const binaire = atob(texte.replace(/-/g, "+").replace(/_/g, "/"));
    return Uint8Array.from(binaire, function (c) { return c.charCodeAt(0); });
  }

  function texte(tampon) {
    const binaire = String.fromCharCode.apply(null, new Uint8Array(tampon));
    return btoa(binaire).replace(/\+/g, "-").replace(/\//g, "_").replace(/=+$/, "");
  }

  function lisible(demande) {
    demande.challenge = octets(demande.challenge);
    if (demande.user) demande.user.id = octets(demande.user.id);
    for (const cle of (demande.allowCredentials || []).concat(demande.excludeCredentials || [])) cle.id = octets(cle.id);
    return demande;
  }

  function reponse(cle) {
    const donnee = { clientDataJSON: texte(cle.response.clientDataJSON) };
    for (const champ of ["attestationObject", "authenticatorData", "signature", "userHandle"]) {
      if (cle.response[champ]) donnee[champ] = texte(cle.response[champ]);
    }
    if (cle.response.getTransports) donnee.transports = cle.response.getTransports();
    return JSON.stringify({ id: cle.id, rawId: texte(cle.rawId), type: cle.type, response: donnee });
  }

  function demander(formulaire) {
    const corps = new URLSearchParams({ csrf_token: formulaire.querySelector("[name=csrf_token]").value });
    return fetch(formulaire.dataset.demande, { method: "POST", body: corps, credentials: "same-origin" })
      .then(function (answer) {
        if (!answer.ok || answer.redirected) throw new Error("demande");
        return answer.json();
      })
      .then(function (demande) {
        const options = { publicKey: lisible(demande) };
        return formulaire.dataset.cle === "creer" ? navigator.credentials.create(options) : navigator.credentials.get(options);
      })
      .then(function (cle) {
        formulaire.querySelector("[name=reponse]").value = reponse(cle);
        formulaire.submit();
      });
  }

  function dire(formulaire, erreur) {
    const place = formulaire.querySelector("[data-cle-message]");
    if (erreur && erreur.name === "InvalidStateError") {
      place.textContent = "Cet appareil a déjà une clé d’accès pour votre compte.";
    } else {
      place.textContent = "L’appareil n’a pas donné de clé : la fenêtre a été fermée, ou il n’en a pas. Recommencez quand vous voulez.";
    }
  }

  for (const formulaire of document.querySelectorAll("form[data-cle]")) {
    formulaire.hidden = false;
    formulaire.addEventListener("submit", function (evenement) {
      evenement.preventDefault();
      const bouton = formulaire.querySelector("[type=submit]");
      if (bouton.getAttribute("aria-disabled")) return;
      bouton.setAttribute("aria-disabled", "true");
      demander(formulaire).catch(function (erreur) {
        bouton.removeAttribute("aria-disabled");
        dire(formulaire, erreur);
      });
    });
  }
  for (const sans of document.querySelectorAll("[data-sans-cle]")) sans.hidden = true;
})();
