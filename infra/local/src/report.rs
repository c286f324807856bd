//! What `--once` found: for people as a table, for programs as JSON whose shape is fixed.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use serde::Serialize;

/// All connectors.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Report {
    /// In the order of the catalogue.
    pub connectors: Vec<ConnectorReport>,
}

/// One connector.
#[derive(Clone, Debug, Serialize)]
pub struct ConnectorReport {
    /// Its id.
    pub connector: String,
    /// The portal shows what the vendor has.
    pub converged: bool,
    /// Feeds with a change filter.
    pub feeds: usize,
    /// The first import.
    pub first: Pass,
    /// The quiet run after it.
    pub quiet: QuietPass,
    /// What differs, in words; left out when nothing does.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub differences: Vec<String>,
}

/// One pass.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Pass {
    /// How long it took.
    pub seconds: f64,
    /// Calls to the vendor, without authentication and quota reads.
    pub vendor_calls: u64,
    /// Requests that read the table.
    pub table_reads: u64,
    /// Requests that wrote the table.
    pub table_writes: u64,
    /// What happened, by record type.
    pub records: BTreeMap<String, Records>,
}

/// A pass that should find nothing.
#[derive(Clone, Debug, Default, Serialize)]
pub struct QuietPass {
    /// Its work.
    #[serde(flatten)]
    pub pass: Pass,
    /// Requests that wrote the table in the tick that queued it.
    pub dispatch_writes: u64,
}

/// What happened to records of one type.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, serde::Deserialize)]
#[serde(default)]
pub struct Records {
    /// Rows received.
    pub fetched: u64,
    /// New.
    pub created: u64,
    /// Changed.
    pub updated: u64,
    /// Known already.
    pub unchanged: u64,
    /// Left out by a rule.
    pub skipped: u64,
    /// Set aside.
    pub quarantined: u64,
}

impl std::ops::AddAssign for Records {
    fn add_assign(&mut self, other: Self) {
        self.fetched += other.fetched;
        self.created += other.created;
        self.updated += other.updated;
        self.unchanged += other.unchanged;
        self.skipped += other.skipped;
        self.quarantined += other.quarantined;
    }
}

impl Report {
    /// Every connector converged, and there was at least one.
    pub fn converged(&self) -> bool {
        !self.connectors.is_empty() && self.connectors.iter().all(|connector| connector.converged)
    }

    /// The report for people.
    pub fn text(&self) -> String {
        let mut text = String::new();
        // Writing into a String cannot fail.
        for report in &self.connectors {
            let state = if report.converged { "converged" } else { "NOT converged" };
            let _ = writeln!(text, "{}: {state}, {} feeds with a change filter", report.connector, report.feeds);
            pass(&mut text, "first import", &report.first, None);
            pass(&mut text, "quiet run", &report.quiet.pass, Some(report.quiet.dispatch_writes));
            for difference in &report.differences {
                let _ = writeln!(text, "  ! {difference}");
            }
        }
        text
    }
}

fn pass(text: &mut String, name: &str, pass: &Pass, dispatch_writes: Option<u64>) {
    let Pass { seconds, vendor_calls, table_reads, table_writes, records } = pass;
    let _ = write!(
        text,
        "  {name}: {seconds:.1} s, {vendor_calls} vendor calls, {table_reads} table reads, {table_writes} table writes"
    );
    if let Some(writes) = dispatch_writes {
        let _ = write!(text, ", {writes} by the tick");
    }
    text.push('\n');
    if !records.is_empty() {
        let _ = writeln!(
            text,
            "    {:<20}{:>10}{:>10}{:>10}{:>11}{:>10}{:>13}",
            "", "fetched", "created", "updated", "unchanged", "skipped", "quarantined"
        );
    }
    for (name, records) in records {
        let Records { fetched, created, updated, unchanged, skipped, quarantined } = records;
        let _ = writeln!(
            text,
            "    {name:<20}{fetched:>10}{created:>10}{updated:>10}{unchanged:>11}{skipped:>10}{quarantined:>13}"
        );
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn json_has_the_fixed_shape() {
        let records =
            BTreeMap::from([("company".to_owned(), Records { fetched: 3, created: 2, ..Records::default() })]);
        let first = Pass { seconds: 1.5, vendor_calls: 4, table_reads: 5, table_writes: 6, records };
        let quiet = QuietPass { pass: Pass::default(), dispatch_writes: 1 };
        let report = ConnectorReport {
            connector: "halo-psa".to_owned(),
            converged: true,
            feeds: 5,
            first,
            quiet,
            differences: Vec::new(),
        };
        let report = Report { connectors: vec![report] };
        assert!(report.converged());
        assert!(!Report::default().converged());
        assert_eq!(
            serde_json::to_value(&report).unwrap(),
            json!({ "connectors": [{
                "connector": "halo-psa",
                "converged": true,
                "feeds": 5,
                "first": {
                    "seconds": 1.5, "vendor_calls": 4, "table_reads": 5, "table_writes": 6,
                    "records": { "company": {
                        "fetched": 3, "created": 2, "updated": 0, "unchanged": 0, "skipped": 0, "quarantined": 0,
                    } },
                },
                "quiet": {
                    "seconds": 0.0, "vendor_calls": 0, "table_reads": 0, "table_writes": 0, "records": {},
                    "dispatch_writes": 1,
                },
            }] })
        );
    }
}
