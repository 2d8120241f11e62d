//! What happened to a patient; kept by the database but for the notes.

use sea_orm::entity::prelude::*;

use crate::{
    Instant, Key,
    vocabulary::{EventType, Severity},
};

/// One event in a patient's history.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, DeriveEntityModel, Eq)]
#[sea_orm(table_name = "patient_timeline")]
pub struct Model {
    /// Primary key; of an event made by the database it follows from the source and the kind.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Key,
    /// Whose it is.
    pub patient_id: Key,
    /// What kind of event.
    pub event_type: EventType,
    /// When it happened.
    pub event_date: Instant,
    /// Title.
    pub event_title: String,
    /// The beginning of the source's text, or the text of a note.
    pub event_description: Option<String>,
    /// The table of the source; a note has none.
    pub related_table: Option<String>,
    /// The key of the source; a note has none.
    pub related_id: Option<Key>,
    /// The doctor.
    pub doctor_id: Option<Key>,
    /// The run of the analysis.
    pub session_id: Option<Key>,
    /// How grave it is.
    pub severity: Severity,
    /// What else is known, for programs.
    #[sea_orm(column_type = "JsonBinary", nullable)]
    pub metadata: Option<Json>,
    /// The account that wrote a note.
    pub author_id: Option<Key>,
    /// Whether the patient may see a note.
    pub patient_visible: bool,
    /// When the row came to be.
    pub created_at: Instant,
    /// When the row last changed.
    pub updated_at: Instant,
    /// The edit lock: grows by one with every change.
    pub version: i64,
    /// The patient.
    #[sea_orm(belongs_to, from = "patient_id", to = "patient_id")]
    pub patient: BelongsTo<super::patients::Entity>,
    /// The doctor.
    #[sea_orm(belongs_to, from = "doctor_id", to = "doctor_id")]
    pub doctor: BelongsTo<Option<super::doctors::Entity>>,
    /// The run of the analysis it belongs to.
    #[sea_orm(belongs_to, from = "session_id", to = "id")]
    pub session: BelongsTo<Option<super::sessions::Entity>>,
    /// The account that wrote a note.
    #[sea_orm(belongs_to, from = "author_id", to = "id")]
    pub author: BelongsTo<Option<super::users::Entity>>,
}

impl ActiveModelBehavior for ActiveModel {}
