//! From text to a condition.

use jiff::Timestamp;

use super::{Condition, Literal, Operator};
use crate::connectwise_manage::wire::Reject;

/// The words of the server (quoted in a client's documentation).
const HINT: &str = "String values should be enclosed with double or single quotes; DateTime values should be enclosed in \
    square brackets; numbers should consist of only digits, and optionally a decimal point and a negation sign; boolean \
    values should be indicated with the keywords true or false; null values should be indicated by the keyword null.";

#[derive(Clone, Debug, PartialEq)]
enum Token {
    Word(String),
    Literal(Literal),
    Sign(Operator),
    Open,
    Close,
    Comma,
}

pub(super) fn condition(text: &str) -> Result<Condition, Reject> {
    let mut parser = Parser { tokens: tokens(text)?, at: 0 };
    let condition = parser.any()?;
    if parser.at < parser.tokens.len() { Err(wrong("an end")) } else { Ok(condition) }
}

fn wrong(expected: &str) -> Reject {
    Reject::Query(format!("Expected {expected}. {HINT}"))
}

fn tokens(text: &str) -> Result<Vec<Token>, Reject> {
    let mut tokens = Vec::new();
    let mut rest = text.trim_start();
    while let Some(first) = rest.chars().next() {
        let (token, length) = match first {
            '(' => (Token::Open, 1),
            ')' => (Token::Close, 1),
            ',' => (Token::Comma, 1),
            '"' | '\'' => string(rest, first)?,
            '[' => {
                let end = rest.find(']').ok_or_else(|| wrong("a closing bracket"))?;
                (Token::Literal(moment(&rest[1..end])?), end + 1)
            }
            '=' | '!' | '<' | '>' => sign(rest)?,
            _ => {
                let length = rest.find(|c: char| c.is_whitespace() || "()[],=!<>\"'".contains(c)).unwrap_or(rest.len());
                (word(&rest[..length]), length)
            }
        };
        tokens.push(token);
        rest = rest[length..].trim_start();
    }
    Ok(tokens)
}

fn sign(text: &str) -> Result<(Token, usize), Reject> {
    let signs = [
        ("!=", Operator::NotEqual),
        ("<=", Operator::LessOrEqual),
        (">=", Operator::GreaterOrEqual),
        ("=", Operator::Equal),
        ("<", Operator::Less),
        (">", Operator::Greater),
    ];
    let found = signs.into_iter().find(|(sign, _)| text.starts_with(sign));
    found.map(|(sign, operator)| (Token::Sign(operator), sign.len())).ok_or_else(|| wrong("an operator"))
}

fn string(text: &str, quote: char) -> Result<(Token, usize), Reject> {
    let mut value = String::new();
    let mut letters = text.char_indices().skip(1);
    while let Some((at, letter)) = letters.next() {
        match letter {
            '\\' => value.extend(letters.next().map(|(_, letter)| letter)),
            _ if letter == quote => return Ok((Token::Literal(Literal::Text(value)), at + 1)),
            _ => value.push(letter),
        }
    }
    Err(wrong("a closing quote"))
}

/// Parts of seconds are refused.
fn moment(text: &str) -> Result<Literal, Reject> {
    let moment = text.trim().parse::<Timestamp>().ok().filter(|_| !text.contains('.'));
    moment.map(Literal::Moment).ok_or_else(|| Reject::Query(format!("'{text}' is not a valid DateTime. {HINT}")))
}

fn word(text: &str) -> Token {
    if let Ok(number) = text.parse::<f64>() {
        return Token::Literal(Literal::Number(number));
    }
    match text.to_ascii_lowercase().as_str() {
        "true" => Token::Literal(Literal::Flag(true)),
        "false" => Token::Literal(Literal::Flag(false)),
        "null" => Token::Literal(Literal::Null),
        "contains" => Token::Sign(Operator::Contains),
        "like" => Token::Sign(Operator::Like),
        "in" => Token::Sign(Operator::In),
        _ => Token::Word(text.to_owned()),
    }
}

struct Parser {
    tokens: Vec<Token>,
    at: usize,
}

impl Parser {
    fn take(&mut self, wanted: &Token) -> bool {
        let found = self.tokens.get(self.at) == Some(wanted);
        self.at += usize::from(found);
        found
    }

    fn take_word(&mut self, wanted: &str) -> bool {
        let found = matches!(self.tokens.get(self.at), Some(Token::Word(word)) if word.eq_ignore_ascii_case(wanted));
        self.at += usize::from(found);
        found
    }

    fn next(&mut self) -> Option<Token> {
        let token = self.tokens.get(self.at).cloned();
        self.at += 1;
        token
    }

    fn any(&mut self) -> Result<Condition, Reject> {
        let mut parts = vec![self.all()?];
        while self.take_word("or") {
            parts.push(self.all()?);
        }
        Ok(one_or(parts, Condition::Any))
    }

    fn all(&mut self) -> Result<Condition, Reject> {
        let mut parts = vec![self.single()?];
        while self.take_word("and") {
            parts.push(self.single()?);
        }
        Ok(one_or(parts, Condition::All))
    }

    fn single(&mut self) -> Result<Condition, Reject> {
        if self.take_word("not") {
            return Ok(Condition::Not(Box::new(self.single()?)));
        }
        if self.take(&Token::Open) {
            let inner = self.any()?;
            return if self.take(&Token::Close) { Ok(inner) } else { Err(wrong("a closing parenthesis")) };
        }
        let Some(Token::Word(field)) = self.next() else { return Err(wrong("a field")) };
        let field = field.split('/').map(str::to_owned).collect();
        let negated = self.take_word("not");
        let Some(Token::Sign(operator)) = self.next() else { return Err(wrong("an operator")) };
        let values = if operator == Operator::In { self.list()? } else { vec![self.literal()?] };
        let compare = Condition::Compare { field, operator, values };
        Ok(if negated { Condition::Not(Box::new(compare)) } else { compare })
    }

    fn list(&mut self) -> Result<Vec<Literal>, Reject> {
        if !self.take(&Token::Open) {
            return Err(wrong("a list in parentheses"));
        }
        let mut values = vec![self.literal()?];
        while self.take(&Token::Comma) {
            values.push(self.literal()?);
        }
        if self.take(&Token::Close) { Ok(values) } else { Err(wrong("a closing parenthesis")) }
    }

    fn literal(&mut self) -> Result<Literal, Reject> {
        match self.next() {
            Some(Token::Literal(literal)) => Ok(literal),
            _ => Err(wrong("a value")),
        }
    }
}

fn one_or(mut parts: Vec<Condition>, many: fn(Vec<Condition>) -> Condition) -> Condition {
    if parts.len() == 1 { parts.remove(0) } else { many(parts) }
}
