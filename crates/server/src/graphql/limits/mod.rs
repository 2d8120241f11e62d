//! What a document may cost, found out before anything of it runs, for every viewer alike.
//!
//! The library has limits of its own, but applies them too late: its parser is recursive, and its check of recursion
//! follows every spread of a fragment. So a scan bounds what the parser sees ([`source`]), and one walk over the parsed
//! document, which looks at each fragment once, bounds what it would become ([`document`]).

mod document;
mod source;

use async_graphql::Variables;
use async_graphql::parser::types::ExecutableDocument;

use crate::config::Limits;

/// What is too much about a document, for its writer. Echoes nothing of it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(super) enum TooMuch {
    #[error("The document has more than {0} tokens. Send values as variables, or ask for less at once.")]
    Tokens(u32),
    #[error("The document nests brackets more than {0} levels deep.")]
    Nesting(u32),
    #[error("The document nests fields more than {0} levels deep.")]
    Depth(u32),
    #[error("An operation has more than {0} fields, fragments spread. Ask for less at once.")]
    Fields(u32),
    #[error("An operation has more than {0} fields at its root. Send several requests.")]
    RootFields(u32),
    #[error("The document has more than {0} operations. Send the one that is to run.")]
    Operations(u32),
    #[error("A fragment spreads itself.")]
    Cycle,
    #[error("The answer could have more than {0} objects. Ask for smaller pages (`first`), or for less within them.")]
    Objects(u32),
}

impl Limits {
    /// Checks a document's text, before it is parsed.
    pub(super) fn source(&self, text: &str) -> Result<(), TooMuch> {
        source::check(self, text)
    }

    /// Checks a parsed document, before it is validated.
    pub(super) fn document(&self, document: &ExecutableDocument, variables: &Variables) -> Result<(), TooMuch> {
        document::check(self, document, variables)
    }
}
