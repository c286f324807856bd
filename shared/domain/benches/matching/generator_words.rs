//! Words that names are made of: surnames, places, trades and the like, as a telephone book of several countries has them.

#[rustfmt::skip]
pub(super) const SURNAMES: &[&str] = &[
    "Abbott", "Adeyemi", "Alvarez", "Anders", "Archer", "Ashby", "Ashford", "Atkins", "Bailey", "Baker", "Barlow",
    "Bauer", "Becker", "Bell", "Bennett", "Bergström", "Bianchi", "Bishop", "Blackwell", "Blake", "Bouchard",
    "Bradley", "Brandt", "Briggs", "Brooks", "Burke", "Burton", "Byrne", "Caldwell", "Campos", "Carlisle", "Carter",
    "Castillo", "Chambers", "Chandler", "Chen", "Clarke", "Cohen", "Conti", "Cooper", "Costa", "Crawford", "Cruz",
    "Dalton", "Daniels", "Dawson", "Delgado", "Diaz", "Dietrich", "Dixon", "Doyle", "Drake", "Dubois", "Duncan",
    "Dunn", "Eaton", "Ellis", "Engel", "Eriksen", "Esposito", "Fairchild", "Farrell", "Ferguson", "Fernandes",
    "Finch", "Fischer", "Fleming", "Flores", "Foster", "Fournier", "Franklin", "Frey", "Fuchs", "Gallagher",
    "Garcia", "Gardner", "Gibson", "Giroux", "Graham", "Grant", "Greene", "Griffin", "Gupta", "Haas", "Hale",
    "Hansen", "Harding", "Harper", "Hartmann", "Hawkins", "Hayes", "Hensley", "Hoffmann", "Holloway", "Holt",
    "Hooper", "Horvath", "Hughes", "Ibrahim", "Ivanov", "Jansen", "Jarvis", "Jensen", "Johansson", "Kaiser",
    "Keller", "Kelly", "Kemp", "Khan", "Klein", "Knight", "Kowalski", "Krause", "Lachance", "Lambert", "Lane",
    "Lang", "Larsen", "Lawson", "Leblanc", "Lefèvre", "Lindqvist", "Lopez", "Lowell", "MacDonald", "Maier",
    "Marchetti", "Marsh", "Martin", "Mason", "McCarthy", "McGrath", "Mendez", "Meyer", "Miller", "Monroe", "Moreau",
    "Moretti", "Morgan", "Müller", "Murphy", "Nakamura", "Nash", "Navarro", "Neumann", "Nielsen", "Nolan", "Norris",
    "Novak", "O'Brien", "O'Connor", "Okafor", "Olsen", "Ortiz", "Osborne", "Palmer", "Park", "Parker", "Patel",
    "Pereira", "Peters", "Petrov", "Phillips", "Porter", "Prescott", "Quinn", "Ramsey", "Reed", "Reilly", "Ricci",
    "Richter", "Rivera", "Roberts", "Romero", "Rossi", "Rousseau", "Russo", "Sanders", "Santos", "Sauer", "Schäfer",
    "Schmidt", "Schneider", "Schröder", "Schulz", "Sharma", "Shaw", "Silva", "Simmons", "Singh", "Slater",
    "Sorensen", "Stein", "Stone", "Sullivan", "Sutton", "Svensson", "Tanaka", "Taylor", "Thorne", "Torres",
    "Tremblay", "Turner", "Vance", "Vargas", "Vogel", "Wagner", "Walker", "Walsh", "Ward", "Watts", "Weber",
    "Webster", "Weiss", "Wells", "Whitaker", "Wolf", "Wong", "Wright", "Yilmaz", "Young", "Zimmermann",
];

#[rustfmt::skip]
pub(super) const GIVEN: &[&str] = &[
    "Amelia", "Andrew", "Anna", "Arthur", "Carlos", "Caroline", "Daniel", "David", "Diana", "Edward", "Elena",
    "Frank", "George", "Grace", "Hannah", "Henry", "Isabel", "James", "John", "Julia", "Karl", "Laura", "Lewis",
    "Lucy", "Maria", "Mark", "Martha", "Nathan", "Nicholas", "Oliver", "Oscar", "Patrick", "Paul", "Peter",
    "Rachel", "Robert", "Rosa", "Samuel", "Sarah", "Simon", "Sophie", "Thomas", "Vera", "Victor", "Walter",
    "William",
];

#[rustfmt::skip]
pub(super) const PLACES: &[&[&str]] = &[
    &["Aberdeen"], &["Albany"], &["Amsterdam"], &["Atlanta"], &["Auckland"], &["Augsburg"], &["Austin"],
    &["Baltimore"], &["Bay", "Area"], &["Bayside"], &["Berlin"], &["Birmingham"], &["Bordeaux"], &["Boston"],
    &["Bristol"], &["Brooklyn"], &["Calgary"], &["Cambridge"], &["Cape", "Cod"], &["Cascade"], &["Charleston"],
    &["Chester"], &["Chicago"], &["Coastal"], &["Copenhagen"], &["Cornwall"], &["Dallas"], &["Delaware"],
    &["Denver"], &["Devon"], &["Dorset"], &["Dublin"], &["Durham"], &["East", "Coast"], &["Eastside"],
    &["Edinburgh"], &["Everglades"], &["Fairfield"], &["Florida"], &["Fort", "Worth"], &["Geneva"], &["Glasgow"],
    &["Great", "Lakes"], &["Hamburg"], &["Harbour"], &["Highland"], &["Houston"], &["Hudson", "Valley"],
    &["Inland"], &["Kansas"], &["Kent"], &["Lakeshore"], &["Lancaster"], &["Leeds"], &["Lincoln"], &["Lisbon"],
    &["London"], &["Long", "Island"], &["Madrid"], &["Manchester"], &["Melbourne"], &["Mesa"], &["Metro"],
    &["Midland"], &["Midtown"], &["Midwest"], &["Milano"], &["Montreal"], &["Mount", "Vernon"], &["Munich"],
    &["Napa", "Valley"], &["New", "England"], &["Newport"], &["Norfolk"], &["North", "Shore"], &["Northeast"],
    &["Northern"], &["Northgate"], &["Norwich"], &["Oakland"], &["Ontario"], &["Oregon"], &["Oxford"], &["Pacific"],
    &["Peninsula"], &["Perth"], &["Phoenix"], &["Piedmont"], &["Plymouth"], &["Portland"], &["Quebec"],
    &["Richmond"], &["Riverside"], &["Rocky", "Mountain"], &["Salem"], &["San", "Diego"], &["Savannah"],
    &["Seaside"], &["Seattle"], &["Sheffield"], &["Shoreline"], &["Somerset"], &["South", "Bay"], &["Southern"],
    &["Stuttgart"], &["Suffolk"], &["Sunbelt"], &["Surrey"], &["Sussex"], &["Sydney"], &["Tampa", "Bay"],
    &["Texas"], &["Thames"], &["Toronto"], &["Tri", "County"], &["Tulsa"], &["Tyrol"], &["Uptown"], &["Utah"],
    &["Valley"], &["Vermont"], &["Vienna"], &["Warwick"], &["Wessex"], &["West", "End"], &["Western"],
    &["Westside"], &["Wien"], &["Winchester"], &["Windsor"], &["York"], &["Zürich"],
];

#[rustfmt::skip]
pub(super) const COLOURS: &[&str] = &[
    "Alpine", "Amber", "Arctic", "Autumn", "Black", "Blue", "Bright", "Bronze", "Clear", "Copper", "Coral",
    "Crimson", "Crystal", "Dark", "Deep", "Desert", "Eagle", "Early", "Emerald", "Evergreen", "Falcon", "Golden",
    "Granite", "Green", "Grey", "Hidden", "High", "Iron", "Ivory", "Jade", "Lone", "Magnolia", "Maple", "Misty",
    "Noble", "Oak", "Old", "Opal", "Pine", "Prairie", "Quiet", "Rapid", "Raven", "Red", "Royal", "Ruby", "Rustic",
    "Sapphire", "Scarlet", "Silver", "Spring", "Steel", "Stone", "Summer", "Sunny", "Swift", "True", "Velvet",
    "White", "Wild", "Winter",
];

#[rustfmt::skip]
pub(super) const NATURE: &[&str] = &[
    "Anchor", "Arrow", "Bay", "Bear", "Bird", "Branch", "Bridge", "Brook", "Canyon", "Cedar", "Cliff", "Cloud",
    "Cove", "Creek", "Crest", "Crown", "Dove", "Dune", "Elm", "Field", "Flame", "Forest", "Fox", "Gate", "Glen",
    "Grove", "Harbor", "Haven", "Hawk", "Hill", "Horizon", "Island", "Key", "Lake", "Leaf", "Light", "Lion",
    "Lotus", "Meadow", "Mesa", "Moon", "Mountain", "Ocean", "Orchard", "Path", "Peak", "Pearl", "Pond", "Rain",
    "Ridge", "River", "Rock", "Rose", "Sail", "Shore", "Sky", "Star", "Stream", "Sun", "Tide", "Tower", "Trail",
    "Tree", "Valley", "Vista", "Water", "Wave", "Willow", "Wind", "Wolf", "Wood",
];

#[rustfmt::skip]
pub(super) const SYLLABLES: &[&str] = &[
    "ac", "al", "ar", "ax", "bel", "bio", "bri", "ca", "cor", "cy", "da", "del", "di", "do", "dy", "el", "en", "er",
    "ev", "fi", "flex", "ga", "gen", "gra", "ha", "hex", "in", "is", "ix", "ka", "ki", "la", "lex", "li", "lo",
    "lu", "ma", "mi", "mo", "na", "nex", "ni", "no", "nu", "om", "on", "or", "ox", "pa", "per", "pi", "pro", "qua",
    "ra", "ri", "ro", "sa", "si", "so", "sta", "syn", "ta", "tel", "ti", "to", "tra", "tri", "ul", "va", "vel",
    "vi", "vo", "xe", "ya", "za", "zen", "zo",
];

#[rustfmt::skip]
pub(super) const TRADES: &[&[&str]] = &[
    &["Accounting"], &["Advisors"], &["Aerospace"], &["Air", "Conditioning"], &["Animal", "Hospital"],
    &["Architects"], &["Auto", "Body"], &["Automotive"], &["Bakery"], &["Bank"], &["Bau"], &["Beverages"],
    &["Bookkeeping"], &["Brewing"], &["Builders"], &["Capital"], &["Carpentry"], &["Catering"], &["Chemicals"],
    &["Chiropractic"], &["Cleaning"], &["Cloud"], &["Coffee"], &["Communications"], &["Concrete"],
    &["Construction"], &["Contracting"], &["Counseling"], &["Creative"], &["Dairy"], &["Data"], &["Dental", "Care"],
    &["Dentistry"], &["Dermatology"], &["Design"], &["Development"], &["Digital"], &["Distribution"],
    &["Education"], &["Electric"], &["Electronics"], &["Elektrotechnik"], &["Energy"], &["Engineering"],
    &["Equipment"], &["Estates"], &["Events"], &["Excavating"], &["Eye", "Care"], &["Family", "Dental"],
    &["Family", "Medicine"], &["Farms"], &["Fencing"], &["Financial"], &["Fitness"], &["Flooring"], &["Florist"],
    &["Foods"], &["Freight"], &["Funeral", "Home"], &["Furniture"], &["Garage"], &["Glass"], &["Haulage"],
    &["Health"], &["Heating"], &["Home", "Care"], &["Hospitality"], &["Hotel"], &["Imaging"], &["Immobilien"],
    &["Insurance"], &["Interiors"], &["Investments"], &["Jewelers"], &["Joinery"], &["Kitchens"], &["Labs"],
    &["Landscaping"], &["Law"], &["Law", "Firm"], &["Legal"], &["Lighting"], &["Locksmith"], &["Logistics"],
    &["Lumber"], &["Machine"], &["Manufacturing"], &["Marine"], &["Marketing"], &["Maschinenbau"], &["Media"],
    &["Medical"], &["Medical", "Center"], &["Metals"], &["Mortgage"], &["Motors"], &["Moving"], &["Networks"],
    &["Nurseries"], &["Optical"], &["Orthodontics"], &["Packaging"], &["Painting"], &["Paper"], &["Pediatrics"],
    &["Pest", "Control"], &["Pharmacy"], &["Photography"], &["Physical", "Therapy"], &["Plastics"], &["Plumbing"],
    &["Power"], &["Printing"], &["Produce"], &["Productions"], &["Properties"], &["Property", "Management"],
    &["Publishing"], &["Real", "Estate"], &["Realty"], &["Recruitment"], &["Recycling"], &["Refrigeration"],
    &["Rentals"], &["Restaurant"], &["Robotics"], &["Roofing"], &["Sanitärtechnik"], &["Security"],
    &["Senior", "Living"], &["Sheet", "Metal"], &["Shipping"], &["Signs"], &["Software"], &["Spedition"],
    &["Staffing"], &["Steel"], &["Storage"], &["Supply"], &["Surveying"], &["Tax"], &["Telecom"], &["Textiles"],
    &["Tile"], &["Tire"], &["Title"], &["Tool"], &["Towing"], &["Toys"], &["Training"], &["Transport"], &["Travel"],
    &["Trucking"], &["Upholstery"], &["Utilities"], &["Veterinary", "Clinic"], &["Vineyards"], &["Warehouse"],
    &["Water"], &["Wealth", "Management"], &["Welding"], &["Windows"], &["Wines"], &["Woodworks"],
];

#[rustfmt::skip]
pub(super) const TRAILS: &[&str] = &[
    "Associates", "Brothers", "Center", "Company", "Consulting", "Enterprises", "Group", "Holdings", "Industries",
    "International", "Management", "Partners", "Services", "Solutions", "Sons", "Specialists", "Systems",
    "Technologies", "Ventures", "Works",
];

#[rustfmt::skip]
pub(super) const TITLES: &[&str] = &[
    "Saint", "Saint", "Mount", "Our Lady", "University", "National", "First", "Community",
];

#[rustfmt::skip]
pub(super) const HONOURED: &[&str] = &[
    "Andrew", "Benedict", "Brendan", "Catherine", "Claire", "Columba", "Edmund", "Francis", "Helena", "Ignatius",
    "Joseph", "Jude", "Luke", "Margaret", "Mary", "Monica", "Olive", "Pleasant", "Raphael", "Stephen", "Theresa",
    "Trinity", "Vincent", "Zion",
];

#[rustfmt::skip]
pub(super) const FORMS: &[&str] = &[
    "Inc", "Inc.", "Incorporated", "LLC", "L.L.C.", "Ltd", "Ltd.", "Limited", "Corp", "Corp.", "Corporation", "Co.",
    "PLLC", "P.C.", "LLP", "LP", "PLC", "GmbH", "GmbH & Co. KG", "AG", "KG", "SARL", "S.A.", "SAS", "S.r.l.",
    "S.p.A.", "B.V.", "NV", "Pty Ltd", "Pty. Ltd.", "AB", "AS", "A/S", "Oy", "Sp. z o.o.", "s.r.o.", "Kft.", "Lda",
    "S.L.",
];

#[rustfmt::skip]
pub(super) const ABBREVIATIONS: &[(&str, &str)] = &[
    ("Accounting", "Acctg"), ("Associates", "Assoc"), ("Automotive", "Auto"), ("Brothers", "Bros"),
    ("Builders", "Bldrs"), ("Center", "Ctr"), ("Clinic", "Clin"), ("Communications", "Comms"),
    ("Community", "Cmty"), ("Company", "Co"), ("Construction", "Constr"), ("Consulting", "Cnslt"),
    ("Contracting", "Contr"), ("Development", "Dev"), ("Distribution", "Distr"), ("Education", "Educ"),
    ("Electric", "Elec"), ("Engineering", "Eng"), ("Enterprises", "Ent"), ("Equipment", "Equip"),
    ("Estates", "Ests"), ("Financial", "Fin"), ("First", "1st"), ("Fort", "Ft"), ("Group", "Grp"),
    ("Holdings", "Hldgs"), ("Hospital", "Hosp"), ("Industries", "Ind"), ("Insurance", "Ins"),
    ("International", "Intl"), ("International", "Int'l"), ("Investments", "Inv"), ("Landscaping", "Lndscp"),
    ("Logistics", "Log"), ("Management", "Mgmt"), ("Manufacturing", "Mfg"), ("Marketing", "Mktg"),
    ("Medical", "Med"), ("Mortgage", "Mtg"), ("Mount", "Mt"), ("Mountain", "Mtn"), ("National", "Natl"),
    ("National", "Nat'l"), ("North", "N"), ("Northern", "Nthn"), ("Partners", "Ptnrs"), ("Photography", "Photo"),
    ("Plumbing", "Plbg"), ("Productions", "Prod"), ("Properties", "Props"), ("Property", "Prop"),
    ("Publishing", "Pub"), ("Realty", "Rlty"), ("Refrigeration", "Refrig"), ("Saint", "St"), ("Security", "Sec"),
    ("Services", "Svcs"), ("Services", "Serv"), ("Solutions", "Soln"), ("South", "S"), ("Specialists", "Spec"),
    ("Systems", "Sys"), ("Technologies", "Tech"), ("Transport", "Trans"), ("University", "Univ"),
    ("Veterinary", "Vet"), ("Warehouse", "Whse"), ("Ventures", "Vent"), ("West", "W"), ("Works", "Wks"),
];
