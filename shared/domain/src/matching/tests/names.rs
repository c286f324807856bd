//! What makes two spellings of a name one.

use crate::matching::{CompanyName, normalise};

fn all_are(expected: &str, names: &[&str]) {
    for name in names {
        assert_eq!(normalise(name), expected, "{name}");
    }
}

#[test]
fn legal_form_case_and_punctuation_do_not_matter() {
    all_are(
        "contoso",
        &[
            "Contoso Ltd",
            "CONTOSO, Ltd.",
            "contoso limited",
            "Contoso  Co. Ltd",
            "The Contoso Company",
            "Contoso GmbH & Co. KG",
            "Contoso Ges.m.b.H.",
            "Contoso S.A.R.L.",
            "Contoso S. A.",
            "Contoso Sp. z o.o.",
            "Contoso sp.z o.o.",
            "Contoso S. de R.L. de C.V.",
            "Contoso A/S",
            "Contoso S.p.A.",
            "CONTOSO S.P.A.",
            "Contoso Pty. Ltd.",
            "Contoso Sdn Bhd",
            "OOO Contoso",
            "PT Contoso",
            "(Contoso) Inc.",
        ],
    );
    all_are("contoso uk", &["Contoso Ltd (UK)", "Contoso UK Limited", "Contoso, Inc. UK"]);
}

#[test]
fn what_is_no_legal_form_stays() {
    all_are("serenity spa", &["Serenity Spa", "SERENITY SPA", "Serenity Spa LLC"]);
    all_are("as roma", &["AS Roma"]);
    assert_eq!(normalise("Ltd"), "ltd", "a name never becomes empty");
    assert_eq!(normalise("Co KG"), "co");
    assert_ne!(normalise("Contoso North"), normalise("Contoso South"));
}

#[test]
fn accents_and_letters_of_other_alphabets_are_folded_where_people_do() {
    all_are("muller sohne", &["Müller & Söhne GmbH", "MÜLLER UND SÖHNE", "Muller Sohne"]);
    all_are("boulangerie lefevre", &["Boulangerie Lefèvre SARL", "boulangerie lefevre"]);
    all_are("strasse oystein lodz", &["Straße Øystein Łódź"]);
    all_are("東京電力", &["株式会社東京電力", "東京電力株式会社"]);
    all_are("ромашка", &["ООО «Ромашка»", "Ромашка"]);
    all_are("abc 12", &["ＡＢＣ １２"]);
}

#[test]
fn and_is_dropped_in_the_usual_languages() {
    all_are("smith sons", &["Smith & Sons", "Smith and Sons Ltd", "Smith + Sons", "Smith und Sons", "Smith et Sons"]);
    all_are("garcia hijos", &["García y Hijos", "Garcia & Hijos"]);
    all_are("ab plumbing", &["A & B Plumbing", "A and B Plumbing", "AB Plumbing"]);
    all_are("and", &["And"]);
}

#[test]
fn initials_are_one_word_and_apostrophes_none() {
    all_are("jp morgan", &["J.P. Morgan", "J. P. Morgan & Co.", "JP Morgan", "J P Morgan"]);
    all_are("j smith", &["J. Smith", "J.Smith", "J Smith"]);
    all_are("obrien roofing", &["O'Brien Roofing", "O’Brien Roofing"]);
    all_are("us steel", &["U.S. Steel", "U.S.Steel", "US Steel Corp"]);
}

#[test]
fn abbreviations_are_written_out() {
    all_are("acme international", &["Acme Intl", "ACME Int'l", "Acme International"]);
    all_are("acme manufacturing", &["Acme Mfg.", "Acme Manufacturing Co"]);
    all_are("acme property management services", &["Acme Property Mgmt Svcs"]);
    all_are("saint mary", &["St. Mary", "St Mary", "Saint Mary"]);
}

#[test]
fn nothing_and_very_much_are_names_too() {
    all_are("", &["", "  ", "...", "—"]);
    let long = "word ".repeat(10_000);
    assert_eq!(CompanyName::of(&long).as_str().split(' ').count(), 24);
}
