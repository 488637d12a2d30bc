"""French words of the review page. A test finds what is missing."""

from __future__ import annotations

import re
from typing import Final

FRENCH: Final[dict[str, str]] = {
    # the frame
    "Main": "Principal",
    "Keys": "Touches",
    "Sign out": "Se déconnecter",
    "Skip to the content": "Aller au contenu",
    "Closed": "Fermé",
    "This page is closed": "Cette page est fermée",
    "The link was used before, or is older than ten minutes.": "Ce lien a déjà servi, ou date de plus de dix minutes.",
    "You are not signed in, or your session has ended.": "Vous n'êtes pas connecté, ou votre session est terminée.",
    "Your session has ended.": "Votre session est terminée.",
    "Ask whoever runs “papermode review” for a new link: they type your name in its window.": (
        "Demandez un nouveau lien à la personne qui a lancé « papermode review » : elle tape votre nom dans sa fenêtre."
    ),
    "Not possible": "Impossible",
    "Back to the queue": "Retour à la file",
    "There is no such sheet.": "Cette feuille n'existe pas.",
    "There is no such field.": "Ce champ n'existe pas.",
    "There is no such decision.": "Cette décision n'existe pas.",
    "This request is not understood.": "Cette demande n'est pas comprise.",
    "The page does not answer. Nothing was changed; try again.": (
        "La page ne répond pas. Rien n'a été changé ; réessayez."
    ),
    # the queue
    "Queue": "File d'attente",
    "Pages done": "Pages terminées",
    "Pages waiting": "Pages en attente",
    "Patients done": "Patients terminés",
    "Patients waiting": "Patients en attente",
    "Oldest waiting since": "La plus ancienne depuis",
    "For whom": "Pour qui",
    "To do": "À faire",
    "For a nurse": "Pour l'infirmier(e)",
    "For the pharmacy": "Pour la pharmacie",
    "To be scanned again": "À numériser à nouveau",
    "For medical records": "Pour le bureau des entrées",
    "Start with the first": "Commencer par la première",
    "Undo my last step": "Annuler ma dernière étape",
    "What needs a person first is at the top": "Le plus urgent est en haut",
    "Why": "Raison",
    "Page": "Page",
    "Patient": "Patient",
    "Ward": "Service",
    "Doubts": "Doutes",
    "Scanned": "Numérisée",
    "With": "Chez",
    "not by you": "pas par vous",
    "and {n} more": "et {n} de plus",
    "Nothing waits here.": "Rien n'attend ici.",
    "Unknown page": "Page inconnue",
    "page {x} of {y}": "page {x} sur {y}",
    "Page and data may mean two different people": "La page et les données désignent peut-être deux personnes",
    "Nobody knows yet whose page this is": "On ne sait pas encore à qui est cette page",
    "A second person has to confirm whose page this is": "Une seconde personne doit confirmer à qui est cette page",
    "A second person has to check what is entered": "Une seconde personne doit vérifier la saisie",
    "The real patient of this reserved number has to be named": "Le vrai patient de ce numéro réservé est à indiquer",
    "A second person has to confirm who is meant by this reserved number": (
        "Une seconde personne doit confirmer qui est désigné par ce numéro réservé"
    ),
    "Not the same person: the medical records department decides": (
        "Pas la même personne : le bureau des entrées décide"
    ),
    "An empty sheet": "Une feuille vide",
    "This reserved number came back on two sheets: two people may have it": (
        "Ce numéro réservé est revenu sur deux feuilles : deux personnes l'ont peut-être"
    ),
    "This printed page has come before": "Cette page imprimée est déjà revenue",
    "Fields that the reader is not sure of": "Des champs dont la lecture n'est pas sûre",
    "All sure: to be confirmed as a whole": "Tout est sûr : à confirmer en bloc",
    # a sheet
    "The page": "La page",
    "Picture": "Image",
    "Larger": "Plus grand",
    "Smaller": "Plus petit",
    "Turn": "Tourner",
    "Picture of the page, to be moved with the arrow keys": "Image de la page, à déplacer avec les flèches",
    "The scanned page": "La page numérisée",
    "There is no picture: the file could not be read.": "Il n'y a pas d'image : le fichier n'a pas pu être lu.",
    "The printed name": "Le nom imprimé",
    "By hand": "À la main",
    "Reserved number": "Numéro réservé",
    "Printed": "Imprimée",
    "Pages of this patient": "Pages de ce patient",
    "Page before": "Page précédente",
    "Next page": "Page suivante",
    "{n} of {count} scanned": "{n} sur {count} numérisées",
    "Doubtful": "Douteux",
    "{n} left": "{n} à régler",
    "Confirm the page": "Confirmer la page",
    "Undo": "Annuler",
    "The field; with Shift the whole page": "Le champ ; avec Maj toute la page",
    "Image only": "Image seule",
    "Needs a nurse": "Infirmier(e)",
    "Rescan": "Renumériser",
    "Pharmacy": "Pharmacie",
    "Set the sheet aside": "Mettre la feuille de côté",
    "Set aside": "Mise de côté",
    "Duplicate": "Doublon",
    "Has come again": "Est revenue",
    "Set aside to be scanned again: find the sheet in its heap, and scan it": (
        "Mise de côté, à numériser à nouveau : cherchez la feuille dans sa pile et numérisez-la"
    ),
    "Empty": "Vide",
    "Not ours": "Pas à nous",
    "All other fields: sure, empty or settled": "Tous les autres champs : sûrs, vides ou réglés",
    "Settled by {name}": "Réglé par {name}",
    "Settled.": "Réglé.",
    "All fields are settled. Enter confirms the page.": "Tous les champs sont réglés. Entrée confirme la page.",
    "Confirmed by {name}.": "Confirmée par {name}.",
    "Checked by {name}.": "Vérifiée par {name}.",
    "column {n}": "colonne {n}",
    "row {n}": "ligne {n}",
    "nothing written": "rien d'écrit",
    "written, not read": "écrit, pas lu",
    "read “{value}”, {percent} sure": "lu « {value} », sûr à {percent}",
    "read “{value}”, in doubt": "lu « {value} », douteux",
    "not plausible": "pas plausible",
    "plausible {low} to {high}": "plausible de {low} à {high}",
    "image only": "image seule",
    "needs a nurse": "pour l'infirmier(e)",
    "pharmacy": "pharmacie",
    "rescan": "à renumériser",
    "void": "annulé",
    "duplicate": "doublon",
    "replaced": "remplacée",
    "not ours": "pas à nous",
    "empty": "vide",
    "{name} works on this sheet.": "{name} travaille sur cette feuille.",
    "This step needs another person than you.": "Cette étape demande une autre personne que vous.",
    "Take the next one": "Prendre la suivante",
    # refusals
    "Nothing? Enter once more says that the field was left empty on paper.": (
        "Rien ? Entrée encore une fois : le champ est resté vide sur le papier."
    ),
    "This printed page came twice with different writing, and nothing of this sheet will be filed."
    " The same key once more sets it aside.": (
        "Cette page imprimée est revenue deux fois avec une écriture différente, et rien de cette feuille ne sera"
        " classé. La même touche encore une fois l'écarte."
    ),
    "Another scan of this page is confirmed already. Enter once more puts this one in its place: what stands here is"
    " filed instead.": (
        "Une autre numérisation de cette page est déjà confirmée. Entrée encore une fois la remplace par celle-ci :"
        " c'est ce qui figure ici qui sera classé."
    ),
    "No time is written here. Without one this is filed as text, not as care given.": (
        "Aucune heure n'est écrite ici. Sans heure, ceci est classé comme texte, non comme soin donné."
    ),
    "Another sheet with the same writing came as well. If it is this sheet, scanned twice, one of the two has to be set"
    " aside. Enter once more files this one.": (
        "Une autre feuille avec la même écriture est revenue aussi. Si c'est cette feuille, numérisée deux fois, l'une"
        " des deux est à écarter. Entrée encore une fois classe celle-ci."
    ),
    "There is writing on this page, and nothing of it will be filed. The same key once more sets it aside.": (
        "Il y a de l'écriture sur cette page et rien n'en sera classé. La même touche encore une fois la met de côté."
    ),
    "This is no time of day or no date. Enter once more keeps it.": (
        "Ce n'est pas une heure ou pas une date. Entrée encore une fois la garde."
    ),
    "No such time lies between the print and the scan of this page. Enter once more keeps it.": (
        "Cette heure n'existe pas entre l'impression et la numérisation. Entrée encore une fois la garde."
    ),
    "This is more than 12 hours from the printed time. Enter once more keeps it.": (
        "C'est à plus de 12 heures de l'heure imprimée. Entrée encore une fois la garde."
    ),
    "The clocks were changed: on that day this time exists twice, or not at all. Enter once more keeps it.": (
        "Changement d'heure : ce jour-là, cette heure existe deux fois ou pas du tout. Entrée encore une fois la garde."
    ),
    "More than one day fits this time. Without a day on paper it is filed as text, not as a time of care.": (
        "Plusieurs jours sont possibles. Sans jour écrit, l'heure est classée comme texte, pas comme heure du soin."
    ),
    "Not within {low} to {high}. Enter once more keeps it as it stands on paper.": (
        "Hors de {low} à {high}. Entrée encore une fois le garde comme écrit sur le papier."
    ),
    "One value is wanted here.": "Une seule valeur est attendue ici.",
    "This text is too long or has invisible characters.": "Ce texte est trop long ou a des caractères invisibles.",
    "This is none of the printed answers.": "Ce n'est pas une des réponses imprimées.",
    "A time of day is wanted: HHMM.": "Une heure est attendue : HHMM.",
    "A date is wanted: DDMMYYYY.": "Une date est attendue : JJMMAAAA.",
    "A number is wanted.": "Un nombre est attendu.",
    "A whole number is wanted.": "Un nombre entier est attendu.",
    "There are fields that nobody has settled yet.": "Il reste des champs à régler.",
    "This sheet waits for something else by now. It is shown anew.": (
        "Cette feuille attend autre chose désormais. Elle est affichée à nouveau."
    ),
    "Somebody else has changed this sheet. It is shown anew.": (
        "Quelqu'un d'autre a changé cette feuille. Elle est affichée à nouveau."
    ),
    "There is nothing of yours to undo on this sheet.": "Rien de vous à annuler sur cette feuille.",
    "There is nothing of yours to undo.": "Rien de vous à annuler.",
    "This page is filed. Correct the field and confirm the page again.": (
        "Cette page est classée. Corrigez le champ et confirmez la page à nouveau."
    ),
    # whose page it is
    "Whose page is this?": "À qui est cette page ?",
    "Who is reserved number {n}?": "Qui est le numéro réservé {n} ?",
    "Name the real patient once: all pages with this number follow. A second person confirms it.": (
        "Indiquez le vrai patient une fois : toutes les pages de ce numéro suivent. Une seconde personne le confirme."
    ),
    "Compare the printed or written name, number and birth date. A second person confirms it.": (
        "Comparez nom, numéro et date de naissance imprimés ou écrits. Une seconde personne le confirme."
    ),
    "Scan the large code of the page with a hand-held scanner": "Lisez le grand code de la page avec une douchette",
    "Or search: number or name": "Ou cherchez : numéro ou nom",
    "Search: number or name": "Cherchez : numéro ou nom",
    "Which page": "Quelle page",
    "This is the patient": "C'est ce patient",
    "Nobody found.": "Personne trouvé.",
    "another page, not printed by papermode": "une autre page, non imprimée par papermode",
    "has come back": "est revenue",
    "is missing": "manque",
    "Nobody has this number in the data or on a printed page.": (
        "Personne n'a ce numéro, ni dans les données ni sur une page imprimée."
    ),
    "This page was not printed for this patient.": "Cette page n'a pas été imprimée pour ce patient.",
    "This is no page code of this site. Scan the large code at the top right of the page.": (
        "Ce n'est pas un code de page de ce site. Lisez le grand code en haut à droite de la page."
    ),
    "This code is that of a page which is bound to nobody.": "Ce code est celui d'une page qui n'est à personne.",
    "Second person": "Seconde personne",
    "Is this the patient?": "Est-ce ce patient ?",
    "{name} says that this page belongs to:": "Selon {name}, cette page est à :",
    "{name} says that this reserved number is:": "Selon {name}, ce numéro réservé est :",
    "Name": "Nom",
    "Number": "Numéro",
    "Born": "Né(e) le",
    "Yes, I see the same name and number on the page": "Oui, je vois le même nom et le même numéro sur la page",
    "No, or I cannot tell": "Non, ou je ne peux pas le dire",
    "A second person is wanted: you said it yourself.": "Il faut une seconde personne : c'est vous qui l'avez dit.",
    # two people
    "One person or two?": "Une personne ou deux ?",
    "The page and the data have the same number, but not the same name or birth date. "
    "Nothing is read from the page until you say which it is.": (
        "La page et les données ont le même numéro, mais pas le même nom ou la même date de naissance. "
        "Rien n'est lu de la page avant votre réponse."
    ),
    "Something is stuck or written where this patient's page must be empty. Pages get copied and used for somebody "
    "else. Nothing is read from the page until you say which it is.": (
        "Quelque chose est collé ou écrit là où la page de ce patient doit rester vide. Des pages sont copiées et "
        "servent à quelqu'un d'autre. Rien n'est lu de la page avant votre réponse."
    ),
    "On the page": "Sur la page",
    "In the data": "Dans les données",
    "see the picture": "voir l'image",
    "Kept for medical records: not the same person.": "Gardée pour le bureau des entrées : pas la même personne.",
    "Is it the same person?": "Est-ce la même personne ?",
    "Is it still this patient's page?": "Est-ce toujours la page de ce patient ?",
    "Yes, the same: the name was changed or corrected": "Oui, la même : le nom a été changé ou corrigé",
    "Yes, this patient's page": "Oui, la page de ce patient",
    "No, or I do not know: keep it for medical records": (
        "Non, ou je ne sais pas : la garder pour le bureau des entrées"
    ),
    # the second check
    "{name} has entered this. Does each field say what stands on paper?": (
        "{name} a saisi ceci. Chaque champ dit-il ce qui est sur le papier ?"
    ),
    "Yes, all of it": "Oui, tout",
    "No: what is wrong?": "Non : qu'est-ce qui est faux ?",
    "Send it back": "Renvoyer",
    "Say in a few words what is wrong.": "Dites en quelques mots ce qui est faux.",
    "A second person is wanted: somebody who has not entered or confirmed this page.": (
        "Il faut une seconde personne, qui n'a ni saisi ni confirmé cette page."
    ),
    # the keys
    "Key": "Touche",
    "What it does": "Ce qu'elle fait",
    "accepts the field and goes on to the next doubtful one; after the last it confirms the page": (
        "accepte le champ et passe au douteux suivant ; après le dernier, confirme la page"
    ),
    "correct the field; with marks they choose the answer that begins so, or has that number": (
        "corrigent le champ ; pour les cases, choisissent la réponse qui commence ainsi ou a ce numéro"
    ),
    "with marks: none of them": "pour les cases : aucune",
    "the whole sheet is a duplicate, empty, not ours": "toute la feuille est un doublon, vide, pas à nous",
    "go on and back without deciding": "avancer et reculer sans décider",
    "undo: what was typed, else your last step, also on the page before": (
        "annuler : la frappe, sinon votre dernière étape, aussi sur la page d'avant"
    ),
    "image only, needs a nurse, rescan, pharmacy: the field; with Shift the whole page": (
        "image seule, infirmier(e), renumériser, pharmacie : le champ ; avec Maj toute la page"
    ),
    "larger, smaller, turn the picture (not in fields of free text)": (
        "agrandir, réduire, tourner l'image (pas dans les champs de texte libre)"
    ),
    "the page before and the next page of the same patient": "page précédente et page suivante du même patient",
    "back to the queue": "retour à la file",
    # what the reader says
    "there is a label or writing where this patient's page must be empty": (
        "il y a une étiquette ou de l'écriture là où la page de ce patient doit rester vide"
    ),
    "only the page's small code can be read": "seul le petit code de la page est lisible",
    "only the page's small code can be read, and its packet is not known here": (
        "seul le petit code est lisible, et son dossier n'est pas connu ici"
    ),
    "only the page's small code can be read, and it does not match the packet's manifest": (
        "seul le petit code est lisible, et il ne correspond pas au manifeste du dossier"
    ),
    "the page's second code belongs to another page": "le second code est celui d'une autre page",
    "its packet folder is not here, and no form of that version gives the layout it was printed with": (
        "son dossier n'est pas ici, et aucun formulaire de cette version ne donne sa mise en page"
    ),
    "the packet's manifest has another claim for this page": "le manifeste du dossier a un autre code pour cette page",
    "the stored layout is not the one that the page was printed with": (
        "la mise en page gardée n'est pas celle de l'impression"
    ),
    "the sheet carries the claims of two different pages": "la feuille porte les codes de deux pages différentes",
    "the sheet carries the locators of two different pages": (
        "la feuille porte les petits codes de deux pages différentes"
    ),
    "the claim is not signed by a key known here": "le code n'est pas signé par une clé connue ici",
    "the key of this page was revoked": "la clé de cette page a été révoquée",
    "the layout has no anchors to check the page by": "la mise en page n'a pas de repères pour vérifier la page",
    "the page cannot be laid on its layout": "la page ne s'ajuste pas à sa mise en page",
    "the page has our corner squares but neither of its codes can be read": (
        "la page a nos carrés de coin, mais aucun de ses codes n'est lisible"
    ),
    "the page has a code, but none of ours": "la page a un code, mais pas des nôtres",
    "there is print or writing on the page, but no code": "il y a du texte sur la page, mais aucun code",
    "the sheet is empty": "la feuille est vide",
    "the page was printed by a newer papermode than this one": "la page vient d'un papermode plus récent",
    "the picture is too small to be a page": "l'image est trop petite pour être une page",
    "this page came more than once with different writing: a photocopy, or two scans of a page written on in between": (
        "cette page est revenue plusieurs fois avec une écriture différente : photocopie, ou écrite entre deux passages"
    ),
    "a copy master with the same writing came as well: this may be one sheet that was scanned twice": (
        "une copie du modèle avec la même écriture est revenue aussi : c'est peut-être une feuille numérisée deux fois"
    ),
    "a code on the page is not signed by a key known here: have a person compare page and patient": (
        "un code de la page n'est pas signé par une clé connue ici : faites comparer page et patient par une personne"
    ),
    "a code on the page was printed by a newer papermode than this one": (
        "un code de la page vient d'un papermode plus récent"
    ),
    "there is another page of ours in the picture, and its codes cannot be read: scan it by itself": (
        "une autre de nos pages est sur l'image, et ses codes sont illisibles : numérisez-la seule"
    ),
    "a copy master that was written on: a person has to say whose page it is": (
        "une page à photocopier sur laquelle on a écrit : à qui est-elle ?"
    ),
}

PATTERNS: Final[tuple[tuple[re.Pattern[str], str], ...]] = (
    (
        re.compile(r"only (\d+) of (\d+) printed outlines are where the layout has them"),
        r"seulement \1 contours imprimés sur \2 sont à leur place",
    ),
    (
        re.compile(r"printed outlines are up to ([\d.]+) mm from where the layout has them"),
        r"des contours imprimés sont jusqu'à \1 mm de leur place",
    ),
    (
        re.compile(r"all printed outlines are ([\d.]+) mm from where the layout has them"),
        r"tous les contours imprimés sont à \1 mm de leur place",
    ),
)
