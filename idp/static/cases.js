// Many boxes in a form (components/formulaire.html, cases_rangees): found while one types, ticked by the dozen,
// counted. The form works without this file: searching then asks the server.
(function () {
  "use strict";

  function plat(texte) {
    return texte.toLowerCase().normalize("NFKD").replace(/[\u0300-\u036f]/g, "");
  }

  function pluriel(nombre, mot) {
    return nombre + " " + mot + (nombre > 1 ? "s" : "");
  }

  function ranger(champ) {
    const recherche = champ.querySelector("input[type=search]");
    const dit = champ.querySelector("[data-trouves]");
    const rayons = Array.from(champ.querySelectorAll("details"), function (rayon) {
      const titre = rayon.querySelector("summary").firstChild.textContent;
      const cases = Array.from(rayon.querySelectorAll(".form-check"), function (ligne) {
        return { ligne: ligne, boite: ligne.querySelector("input"), texte: plat(titre + " " + ligne.textContent) };
      });
      return { rayon: rayon, cases: cases, compte: rayon.querySelector("[data-compte]"), ouvert: rayon.open };
    });

    function compter(un) {
      const coches = un.cases.filter(function (une) { return une.boite.checked; }).length;
      un.compte.textContent = pluriel(coches, "coché") + " sur " + un.cases.length;
    }

    function filtrer() {
      const mots = plat(recherche.value).split(/\s+/).filter(Boolean);
      let trouves = 0;
      for (const un of rayons) {
        let ici = 0;
        for (const une of un.cases) {
          const repond = mots.every(function (mot) { return une.texte.includes(mot); });
          une.ligne.hidden = !repond && !une.boite.checked;
          ici += repond ? 1 : 0;
        }
        un.rayon.hidden = un.cases.every(function (une) { return une.ligne.hidden; });
        un.rayon.open = mots.length ? !un.rayon.hidden : un.ouvert;
        trouves += ici;
      }
      dit.textContent = !mots.length ? "" : trouves ? pluriel(trouves, "groupe") + " pour « " + recherche.value.trim() + " »."
        : "Aucun groupe ne correspond : essayez un seul mot.";
    }

    function cocherTout(un, coche) {
      for (const une of un.cases) if (!une.ligne.hidden) une.boite.checked = coche;
      compter(un);
    }

    function bouton(un, texte, coche) {
      const cree = document.createElement("button");
      cree.type = "button";
      cree.className = "btn btn-link";
      cree.textContent = texte;
      cree.addEventListener("click", function () { cocherTout(un, coche); });
      return cree;
    }

    for (const un of rayons) {
      const boutons = document.createElement("p");
      boutons.append(bouton(un, "Tout cocher", true), bouton(un, "Tout décocher", false));
      un.rayon.querySelector("summary").after(boutons);
      un.rayon.addEventListener("change", function () { compter(un); });
    }
    champ.querySelector("button[name=chercher]").remove();
    recherche.addEventListener("input", filtrer);
    recherche.addEventListener("keydown", function (evenement) {
      if (evenement.key === "Enter") evenement.preventDefault();
    });
  }

  document.querySelectorAll("[data-cases]").forEach(ranger);
})();
