//! What an alert says, in one line. Datto RMM's alerts have no text: it is made of what the monitor saw, by its class.
//!
//! No document lists the classes, and new ones come: an unknown one is told by its own words, else by its name.

use serde_json::Value;

use crate::wire;

/// No monitor's text is longer in the portal.
const LONGEST: usize = 300;

/// The line for this alert.
pub(crate) fn of(row: &wire::Alert) -> String {
    let context = row.alert_context.as_ref();
    let told = context.and_then(|context| told(Seen(context)));
    let own = || context.and_then(|context| Seen(context).words(&["description", "errorMessage", "reason"]));
    let diagnostics = || row.diagnostics.get().and_then(|text| text.lines().next()).map(str::to_owned);
    let named = || context.and_then(monitor).map(|monitor| format!("{monitor} monitor"));
    let line = told.or_else(own).or_else(diagnostics).or_else(named).unwrap_or_else(|| "Alert".to_owned());
    line.split_whitespace().collect::<Vec<_>>().join(" ").chars().take(LONGEST).collect()
}

/// The kind of monitor, in words.
pub(crate) fn monitor(context: &wire::Context) -> Option<String> {
    let class = Seen(context).word("@class")?;
    let known = match class.as_str() {
        "action_ctx" | "sw_action_ctx" => "Software",
        "antivirus_ctx" => "Antivirus",
        "backup_management_ctx" => "Backup",
        "comp_script_ctx" => "Component",
        "custom_snmp_ctx" => "SNMP",
        "disk_health_ctx" => "Disk health",
        "endpoint_security_threat_ctx" => "Endpoint security",
        "endpoint_security_windows_defender_ctx" => "Windows Defender",
        "eventlog_ctx" => "Event log",
        "fan_ctx" => "Fan",
        "fs_object_ctx" => "File or folder",
        "network_monitor_ctx" => "Network",
        "online_offline_status_ctx" => "Online status",
        "patch_ctx" => "Patch",
        "perf_disk_usage_ctx" => "Disk usage",
        "perf_mon_ctx" => "Windows performance",
        "perf_resource_usage_ctx" => "Resource usage",
        "ping_ctx" => "Ping",
        "printer_ctx" => "Printer",
        "process_resource_usage_ctx" | "process_status_ctx" => "Process",
        "psu_ctx" => "Power supply",
        "ransomware_ctx" => "Ransomware",
        "sec_management_ctx" => "Security management",
        "srvc_resource_usage_ctx" | "srvc_status_ctx" => "Service",
        "temperature_ctx" => "Temperature",
        "wmi_ctx" => "WMI",
        other => return Some(readable(other.strip_suffix("_ctx").unwrap_or(other))),
    };
    Some(known.to_owned())
}

fn told(seen: Seen<'_>) -> Option<String> {
    match seen.word("@class")?.as_str() {
        "action_ctx" | "sw_action_ctx" => software(seen),
        "antivirus_ctx" => {
            let product = seen.word("productName").unwrap_or_else(|| "Virus protection".to_owned());
            let state = match seen.word("status")?.as_str() {
                "NOTDETECTED" => "was not found".to_owned(),
                "NOTRUNNING" => "is not running".to_owned(),
                "RUNNINGNOTUPTODATE" => "is not up to date".to_owned(),
                other => format!("is {}", lower(other)),
            };
            Some(format!("{product} {state}"))
        }
        "eventlog_ctx" => event(seen),
        "comp_script_ctx" => samples(seen),
        "fs_object_ctx" => file(seen),
        "online_offline_status_ctx" => Some(format!("The device is {}", lower(&seen.word("status")?))),
        "patch_ctx" => {
            let words = [seen.word("result"), seen.word("info")];
            let words: Vec<_> = words.into_iter().flatten().collect();
            (!words.is_empty()).then(|| format!("Patching: {}", words.join(", ")))
        }
        "perf_disk_usage_ctx" => {
            let disk = seen.word("diskName").map_or_else(|| "A disk".to_owned(), |disk| format!("Disk {disk}"));
            let (free, total) = (seen.number("freeSpace")?, seen.number("totalVolume"));
            Some(match total {
                Some(total) => format!("{disk} has {free} of {total} GB free"),
                None => format!("{disk} has {free} GB free"),
            })
        }
        "perf_resource_usage_ctx" | "process_resource_usage_ctx" | "srvc_resource_usage_ctx" => resource(seen),
        "perf_mon_ctx" => Some(format!("A performance counter is at {}", seen.number("value")?)),
        "ping_ctx" => ping(seen),
        "process_status_ctx" | "srvc_status_ctx" => {
            Some(format!("{} is {}", seen.word("processName")?, state(&seen.word("status")?)))
        }
        "sec_management_ctx" => security(seen),
        "ransomware_ctx" => {
            let folders = seen.list("affectedDirectories").len();
            let folders = if folders == 1 { "1 folder".to_owned() } else { format!("{folders} folders") };
            Some(format!("Ransomware is suspected: {folders} affected"))
        }
        "wmi_ctx" => Some(format!("A WMI query gave {}", seen.word("value")?)),
        "temperature_ctx" => Some(format!("The temperature is {} degrees", seen.number("degree")?)),
        "custom_snmp_ctx" => {
            Some(format!("{} is {}", seen.words(&["displayName", "monitorInstance"])?, seen.word("currentValue")?))
        }
        "backup_management_ctx" => Some(format!("The backup failed: {}", seen.word("errorMessage")?)),
        "printer_ctx" => Some(format!(
            "Supply {} of the printer is at {}",
            seen.number("markerSupplyIndex")?,
            seen.number("currentLevel")?
        )),
        _ => None,
    }
}

fn software(seen: Seen<'_>) -> Option<String> {
    let package = seen.word("packageName")?;
    let (before, now) = (seen.word("prevVersion"), seen.word("version"));
    Some(match (seen.word("actionType")?.as_str(), before, now) {
        ("INSTALLED", _, Some(version)) => format!("{package} {version} was installed"),
        ("INSTALLED", ..) => format!("{package} was installed"),
        ("UNINSTALLED", ..) => format!("{package} was uninstalled"),
        ("VERSION_CHANGED", Some(before), Some(now)) => format!("{package} went from {before} to {now}"),
        (other, ..) => format!("{package}: {}", lower(other)),
    })
}

fn event(seen: Seen<'_>) -> Option<String> {
    let code = seen.word("code")?;
    let mut line = format!("Event {code}");
    if let Some(source) = seen.word("source") {
        line += &format!(" of {source}");
    }
    if let Some(log) = seen.word("logName") {
        line += &format!(" in {log}");
    }
    if let Some(description) = seen.word("description") {
        line += &format!(": {description}");
    }
    Some(line)
}

/// What a script printed: `{"disk":"C: is failing"}`.
fn samples(seen: Seen<'_>) -> Option<String> {
    let samples = seen.0.0.get("samples")?.as_object()?;
    let told = samples.iter().filter_map(|(name, value)| Some(format!("{name}: {}", text(value)?)));
    let told: Vec<_> = told.take(5).collect();
    (!told.is_empty()).then(|| told.join(", "))
}

fn file(seen: Seen<'_>) -> Option<String> {
    let path = seen.word("path")?;
    Some(match (seen.word("condition")?.as_str(), seen.number("threshold")) {
        ("REMOVED", _) => format!("{path} was removed"),
        ("CREATED", _) => format!("{path} was created"),
        ("ABOVE_THRESHOLD", Some(threshold)) => format!("{path} is larger than {threshold}"),
        ("BELOW_THRESHOLD", Some(threshold)) => format!("{path} is smaller than {threshold}"),
        (other, _) => format!("{path}: {}", lower(other)),
    })
}

fn resource(seen: Seen<'_>) -> Option<String> {
    let sample = seen.number("sample")?;
    let of = seen.word("processName").map(|process| format!(" of {process}")).unwrap_or_default();
    Some(match seen.word("type")?.as_str() {
        "CPU" => format!("CPU use{of} is {sample} %"),
        "MEMORY" => format!("Memory use{of} is {sample} %"),
        other => format!("{}{of} is {sample}", sentence(&lower(other))),
    })
}

fn ping(seen: Seen<'_>) -> Option<String> {
    let host = seen.word("instanceName")?;
    let reasons: Vec<_> = seen.list("reasons").iter().filter_map(text).map(|reason| lower(&reason)).collect();
    Some(match (reasons.is_empty(), seen.number("roundtripTime")) {
        (false, _) => format!("Ping of {host}: {}", reasons.join(", ")),
        (true, Some(time)) => format!("Ping of {host} takes {time} ms"),
        (true, None) => format!("{host} does not answer a ping"),
    })
}

fn security(seen: Seen<'_>) -> Option<String> {
    let product = seen.word("productName").unwrap_or_else(|| "Virus protection".to_owned());
    if let Some(virus) = seen.word("virusName") {
        return Some(format!("{product} found {virus}"));
    }
    if let Some(days) = seen.number("productNotUpdatedForDays").filter(|days| days != "0") {
        return Some(format!("{product} has not been updated for {days} days"));
    }
    seen.number("expiryLicenseForDays").map(|days| format!("The licence of {product} ends in {days} days"))
}

/// A service's state: `STOPPED`, `STARTPENDING`.
fn state(word: &str) -> String {
    match word {
        "STARTPENDING" => "starting".to_owned(),
        "STOPPENDING" => "stopping".to_owned(),
        "CONTINUEPENDING" => "resuming".to_owned(),
        "PAUSEPENDING" => "pausing".to_owned(),
        other => lower(other),
    }
}

fn lower(word: &str) -> String {
    word.replace('_', " ").to_lowercase()
}

fn readable(class: &str) -> String {
    sentence(&lower(class))
}

fn sentence(text: &str) -> String {
    let mut chars = text.chars();
    chars.next().map(|first| first.to_uppercase().chain(chars).collect()).unwrap_or_default()
}

/// Text of a value, numbers and flags too; none if it is blank.
fn text(value: &Value) -> Option<String> {
    let text = match value {
        Value::String(text) => text.trim().to_owned(),
        Value::Number(number) => number.to_string(),
        Value::Bool(flag) => flag.to_string(),
        _ => return None,
    };
    (!text.is_empty()).then_some(text)
}

/// A monitor's context, read by the names of its fields.
#[derive(Clone, Copy)]
struct Seen<'a>(&'a wire::Context);

impl<'a> Seen<'a> {
    fn word(self, name: &str) -> Option<String> {
        text(self.0.0.get(name)?)
    }

    /// The first of these that is there.
    fn words(self, names: &[&str]) -> Option<String> {
        names.iter().find_map(|name| self.word(name))
    }

    /// A number as people write it: at most one decimal.
    fn number(self, name: &str) -> Option<String> {
        let number = match self.0.0.get(name)? {
            Value::Number(number) => number.as_f64()?,
            Value::String(text) => text.trim().parse().ok()?,
            _ => return None,
        };
        let rounded = (number * 10.0).round() / 10.0;
        Some(rounded.to_string())
    }

    fn list(self, name: &str) -> &'a [Value] {
        self.0.0.get(name).and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default()
    }
}

#[cfg(test)]
mod tests;
