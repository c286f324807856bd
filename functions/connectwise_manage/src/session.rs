//! A connection's conversation with its ConnectWise: pages, single records, notes, picklists.

use std::collections::{BTreeSet, HashSet};
use std::sync::{Mutex, PoisonError};

use connector::webhook::{Endpoint, Provisioned};
use connector::{
    Account, BoxFuture, Change, ChoiceQuery, ConnectorError, ErrorKind, Mapped, Page, PullRequest, Pushed, Result,
    Session, SessionContext,
};
use domain::id::ExternalId;
use domain::record::{Board, Choice, Record, RecordData, RecordType};
use futures::{StreamExt, TryStreamExt};
use tokio::sync::OnceCell;

use crate::client::{COMPANIES, Client, is_misrouted};
use crate::descriptor::TABLE_SETUP;
use crate::listing::{Listing, list};
use crate::map::{self, Context};
use crate::paging::{self, PAGE_SIZE};
use crate::wire;

/// Boards asked at once for their statuses or types.
const BOARDS_AT_ONCE: usize = 4;

/// One session of one connection.
pub(crate) struct ManageSession {
    pub(crate) client: Client,
    filters: Context,
    /// The filters with the inactive statuses of companies, read when the first company comes.
    with_statuses: OnceCell<Context>,
    /// Contacts that came without their communication items, from a server that does not list them with anybody.
    bare_contacts: Mutex<BTreeSet<ExternalId>>,
    /// Id of the security role that new members get.
    pub(crate) member_role: Option<String>,
}

impl ManageSession {
    pub(crate) fn new(context: &SessionContext) -> Result<Self> {
        Ok(Self {
            client: Client::new(&context.http, &context.credentials, &context.deployment)?,
            filters: Context::of(&context.options),
            with_statuses: OnceCell::new(),
            bare_contacts: Mutex::default(),
            member_role: context.options.filter("member_security_role").first().cloned(),
        })
    }

    async fn pull_page(&self, request: PullRequest<'_>) -> Result<Page> {
        let list = list(request.feed.produces)?;
        // Every object can be asked for by its change stamp, also those that do not show one.
        let since = request.since.filter(|_| request.feed.is_filtered()).map(connector::dates::parameter);
        let conditions = since.map(|since| format!("lastUpdated >= [{since}]"));
        let before = paging::place(list.list, request.cursor)?;
        let size = if request.probe { 1 } else { PAGE_SIZE };
        let listed = self.client.page(list, conditions.as_deref(), before, size).await?;
        let listing = Listing::read(request.feed.produces, listed.body)?;
        self.note_bare(&listing);
        let rows = listing.map(self.context(&listing).await?);
        let next = if request.probe { None } else { paging::after(list.list, before, &rows, listed.next)? };
        Ok(Page { rows, next, ..Page::default() })
    }

    /// What a mapping needs. Reading the statuses costs a call, so it waits for a company.
    async fn context(&self, listing: &Listing) -> Result<&Context> {
        if !listing.has_company_statuses() {
            return Ok(&self.filters);
        }
        let read = || async {
            let path = ["company", "companies", "statuses"];
            let statuses = self.client.whole("list company statuses", &path, &[]).await;
            let statuses: Vec<wire::Named> = statuses.map_err(|error| error.needing(TABLE_SETUP))?;
            let inactive = statuses.iter().filter(|status| status.inactive_flag.is_set());
            let inactive_statuses: HashSet<String> =
                inactive.filter_map(|status| Some(status.id.id()?.to_string())).collect();
            Ok(self.filters.with_inactive(inactive_statuses))
        };
        self.with_statuses.get_or_try_init(read).await
    }

    /// One record as it stands; `filtered`: what the admin's filters leave out comes as skipped.
    pub(crate) async fn read(
        &self,
        record_type: RecordType,
        id: &ExternalId,
        filtered: bool,
    ) -> Result<Option<Mapped>> {
        // Whatever else a hint may carry, ConnectWise's ids are numbers.
        if id.as_str().is_empty() || !id.as_str().bytes().all(|byte| byte.is_ascii_digit()) {
            return Ok(None);
        }
        let body = match self.client.read(list(record_type)?, id.as_str()).await {
            Err(ConnectorError { kind: ErrorKind::NotFound, .. }) => return Ok(None),
            body => body?,
        };
        let listing = Listing::single(record_type, body)?;
        if listing.is_deleted() {
            return Ok(None);
        }
        self.note_bare(&listing);
        let context = self.context(&listing).await?;
        let rows = if filtered { listing.map(context) } else { listing.map(&context.unfiltered()) };
        Ok(rows.into_iter().next())
    }

    /// Notes whose communication items are to be asked for; of those that came anew with them, nothing is.
    fn note_bare(&self, listing: &Listing) {
        let (bare, whole) = listing.contacts();
        let mut noted = self.bare_contacts.lock().unwrap_or_else(PoisonError::into_inner);
        noted.retain(|id| !whole.contains(id));
        // Who is listed without any beside others with theirs has none.
        if whole.is_empty() {
            noted.extend(bare);
        }
    }

    async fn add_details(&self, record: &mut Record) -> Result<()> {
        match &mut record.data {
            RecordData::Ticket(ticket) => map::add_notes(ticket, &self.notes(&record.external_id).await?),
            RecordData::Contact(contact) => {
                let is_bare =
                    self.bare_contacts.lock().unwrap_or_else(PoisonError::into_inner).contains(&record.external_id);
                if is_bare {
                    map::add_communications(contact, &self.communications(&record.external_id).await?);
                }
            }
            _ => {}
        }
        Ok(())
    }

    /// The addresses and numbers of a contact.
    async fn communications(&self, contact: &ExternalId) -> Result<Vec<wire::CommunicationItem>> {
        let path = ["company", "contacts", contact.as_str(), "communications"];
        self.client.whole("list communications", &path, &[]).await
    }

    /// Every note of a ticket.
    pub(crate) async fn notes(&self, ticket: &ExternalId) -> Result<Vec<wire::Note>> {
        let path = ["service", "tickets", ticket.as_str(), "notes"];
        self.client.whole("list notes", &path, &[("orderBy", "id asc")]).await
    }

    async fn read_account(&self) -> Result<Account> {
        let found = self.client.found().await?;
        let companies = match self.client.count(&COMPANIES, "deletedFlag = false").await {
            Ok(count) => count,
            // The credentials are good; what they may read is another question.
            Err(ConnectorError { kind: ErrorKind::Forbidden, .. }) => None,
            // The Developer Guide: the cloud may answer 404 to credentials that it cannot place.
            Err(error) if is_misrouted(&error) => {
                return Err(ConnectorError { kind: ErrorKind::Credentials { field: None }, ..error });
            }
            Err(error) => return Err(error),
        };
        let (host, company) = self.client.account();
        let name = found.name.as_deref().unwrap_or(company);
        let name = match companies {
            Some(1) => format!("{name} at {host}, 1 company"),
            Some(count) => format!("{name} at {host}, {count} companies"),
            None => format!("{name} at {host}"),
        };
        Ok(Account { id: format!("{host}/{}", company.to_lowercase()), name })
    }

    async fn list_choices(&self, query: ChoiceQuery<'_>) -> Result<Vec<Choice>> {
        let choices = match query.field {
            "boards" => self.boards().await?.iter().filter_map(by_id).collect(),
            "statuses" => self.of_boards("list statuses", "statuses", query.board).await?,
            "ticket_types" => self.of_boards("list ticket types", "types", query.board).await?,
            // Tickets carry the name of their subtype.
            "categories" => {
                let subtypes = self.named_of_boards("list subtypes", "subtypes", query.board).await?;
                unique(subtypes.iter().filter_map(|(_, row)| by_name(row)))
            }
            "priorities" => {
                self.named("list priorities", &["service", "priorities"]).await?.iter().filter_map(by_id).collect()
            }
            "sources" => self.named("list sources", &["service", "sources"]).await?.iter().filter_map(by_id).collect(),
            "contact_types" => {
                let types = self.named("list contact types", &["company", "contacts", "types"]).await?;
                unique(types.iter().filter_map(by_name))
            }
            "exclude_company_types" => self
                .named("list company types", &["company", "companies", "types"])
                .await?
                .iter()
                .filter_map(by_id)
                .collect(),
            "exclude_company_statuses" => {
                let statuses = self.named("list company statuses", &["company", "companies", "statuses"]).await?;
                statuses.iter().filter_map(by_id).collect()
            }
            "member_security_role" => self
                .named("list security roles", &["system", "securityroles"])
                .await?
                .iter()
                .filter_map(by_id)
                .collect(),
            _ => return Err(ConnectorError::new("list choices", ErrorKind::Unsupported)),
        };
        Ok(choices)
    }

    async fn named(&self, op: &'static str, path: &[&str]) -> Result<Vec<wire::Named>> {
        self.client.whole(op, path, &[]).await
    }

    /// Boards of services; those of projects have no service tickets.
    async fn boards(&self) -> Result<Vec<wire::Named>> {
        let mut boards = self.named("list boards", &["service", "boards"]).await?;
        boards.retain(|board| !board.project_flag.is_set());
        Ok(boards)
    }

    /// Statuses and types belong to a board, and their names repeat: with all boards each value says which.
    async fn of_boards(&self, op: &'static str, of: &'static str, board: Option<&str>) -> Result<Vec<Choice>> {
        let rows = self.named_of_boards(op, of, board).await?;
        let choice = |(board, row): (Option<Board>, wire::Named)| Some(Choice { board, ..by_id(&row)? });
        Ok(rows.into_iter().filter_map(choice).collect())
    }

    /// A list of one board, or of every active one with that board.
    async fn named_of_boards(
        &self,
        op: &'static str,
        of: &'static str,
        board: Option<&str>,
    ) -> Result<Vec<(Option<Board>, wire::Named)>> {
        if let Some(board) = board {
            let rows = self.named(op, &["service", "boards", board, of]).await?;
            return Ok(rows.into_iter().map(|row| (None, row)).collect());
        }
        let mut boards = self.boards().await?;
        boards.retain(|board| !board.inactive_flag.is_set());
        let named = |board: wire::Named| Some(Board { id: board.id.id()?.to_string(), name: board.name.owned()? });
        let boards: Vec<Board> = boards.into_iter().filter_map(named).collect();
        let lists = boards.into_iter().map(|board| async move {
            let rows = self.named(op, &["service", "boards", &board.id, of]).await?;
            Ok::<_, ConnectorError>(rows.into_iter().map(move |row| (Some(board.clone()), row)).collect::<Vec<_>>())
        });
        let lists: Vec<Vec<_>> = futures::stream::iter(lists).buffered(BOARDS_AT_ONCE).try_collect().await?;
        Ok(lists.into_iter().flatten().collect())
    }
}

impl Session for ManageSession {
    fn account(&self) -> BoxFuture<'_, Result<Account>> {
        Box::pin(self.read_account())
    }

    fn pull<'a>(&'a self, request: PullRequest<'a>) -> BoxFuture<'a, Result<Page>> {
        Box::pin(self.pull_page(request))
    }

    fn get<'a>(&'a self, record_type: RecordType, id: &'a ExternalId) -> BoxFuture<'a, Result<Option<Mapped>>> {
        Box::pin(self.read(record_type, id, true))
    }

    fn get_unfiltered<'a>(
        &'a self,
        record_type: RecordType,
        id: &'a ExternalId,
    ) -> BoxFuture<'a, Result<Option<Mapped>>> {
        Box::pin(self.read(record_type, id, false))
    }

    fn complete<'a>(&'a self, record: &'a mut Record) -> BoxFuture<'a, Result<()>> {
        Box::pin(self.add_details(record))
    }

    fn push<'a>(&'a self, change: &'a Change) -> BoxFuture<'a, Result<Pushed>> {
        Box::pin(self.write(change))
    }

    fn find<'a>(&'a self, change: &'a Change) -> BoxFuture<'a, Result<Vec<Pushed>>> {
        Box::pin(self.look_for(change))
    }

    fn provision<'a>(&'a self, endpoint: &'a Endpoint) -> BoxFuture<'a, Result<Provisioned>> {
        Box::pin(async { Ok(self.subscribe(endpoint).await?.into()) })
    }

    fn unprovision<'a>(&'a self, endpoint: &'a Endpoint) -> BoxFuture<'a, Result<()>> {
        Box::pin(self.unsubscribe(endpoint))
    }

    fn choices<'a>(&'a self, query: ChoiceQuery<'a>) -> BoxFuture<'a, Result<Vec<Choice>>> {
        Box::pin(self.list_choices(query))
    }
}

fn by_id(row: &wire::Named) -> Option<Choice> {
    let name = row.name.get().or_else(|| row.description.get())?;
    let inactive = row.inactive_flag.is_set() || row.inactive.is_set();
    let label = if inactive { format!("{name} (inactive)") } else { name.to_owned() };
    Some(Choice::new(row.id.id()?.to_string(), label))
}

/// Where the name itself is the value. Contact types have a description in place of a name.
fn by_name(row: &wire::Named) -> Option<Choice> {
    let name = row.name.owned().or_else(|| row.description.owned())?;
    Some(Choice::new(name.clone(), name))
}

/// The same name comes once per board.
fn unique(choices: impl Iterator<Item = Choice>) -> Vec<Choice> {
    let mut seen = HashSet::new();
    choices.filter(|choice| seen.insert(choice.value.clone())).collect()
}

#[cfg(test)]
mod tests;
