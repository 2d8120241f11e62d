//! Who signs in, who treats, who is treated, and the sessions in which a patient's scans are analysed.

use sea_orm_migration::sea_orm::DbBackend;

use crate::form::{Form, count, day, flag, instant, json, key, ordered_text, text};
use crate::table::{OnDelete::*, Table};

pub(super) fn users(backend: DbBackend) -> Table {
    Table::new(backend, "users")
        .columns([
            key("id").required(),
            ordered_text("username").required().rule("length(username) > 0"),
            text("email"),
            text("password_hash"),
            text("name").required(),
            text("role").required().one_of(&["admin", "doctor", "patient", "agent"]),
            flag("is_active").or_flag(true),
            instant("last_login"),
        ])
        .mutable()
        .primary_key(&["id"])
        .unique(&["username"])
        .unique(&["email"])
        .index(&["username", "id"])
        .index(&["created_at", "id"])
}

pub(super) fn doctors(backend: DbBackend) -> Table {
    Table::new(backend, "doctors")
        .columns([
            key("doctor_id").required(),
            key("user_id"),
            text("name").required(),
            ordered_text("name_folded").or_word(""),
            text("specialization"),
            text("license_number"),
            count("years_experience").at_least(0),
            text("hospital_affiliation"),
            count("consultation_fee_cents").at_least(0),
            ordered_text("email"),
            text("phone"),
            instant("archived_at"),
        ])
        .mutable()
        .primary_key(&["doctor_id"])
        .unique(&["user_id"])
        .unique(&["license_number"])
        .references("user_id", "users", Refuse)
        .index(&["name_folded", "doctor_id"])
        .index(&["created_at", "doctor_id"])
        .index_on("email_lower", &["lower(email)"])
}

pub(super) fn patients(backend: DbBackend) -> Table {
    let date_of_birth = Form::Day.null_first(backend, "date_of_birth");
    Table::new(backend, "patients")
        .columns([
            key("patient_id").required(),
            key("user_id"),
            ordered_text("mrn").required().rule("length(mrn) > 0"),
            text("name").required(),
            ordered_text("name_folded").or_word(""),
            text("gender").or_word("unknown").one_of(&["male", "female", "other", "unknown"]),
            day("date_of_birth"),
            flag("dob_estimated").or_flag(false),
            day("date_of_death").rule("date_of_death >= date_of_birth"),
            text("phone"),
            ordered_text("email"),
            text("address"),
            text("medical_history"),
            text("allergies"),
            text("current_medications"),
            text("emergency_contact_name"),
            text("emergency_contact_phone"),
            text("insurance_info"),
            instant("archived_at"),
        ])
        .mutable()
        .primary_key(&["patient_id"])
        .unique(&["user_id"])
        .unique(&["mrn"])
        .references("user_id", "users", Refuse)
        .index(&["name_folded", "patient_id"])
        .index(&["mrn", "patient_id"])
        .index_on("date_of_birth_patient_id", &[&date_of_birth, "patient_id"])
        .index(&["created_at", "patient_id"])
        .index_on("mrn_lower", &["lower(mrn)"])
        .index_on("email_lower", &["lower(email)"])
}

pub(super) fn sessions(backend: DbBackend) -> Table {
    Table::new(backend, "sessions")
        .columns([
            key("id").required(),
            key("patient_id").required(),
            key("user_id"),
            key("doctor_id"),
            key("agent_id"),
            text("input_type").or_word("text"),
            text("output_format").or_word("text"),
            text("status").or_word("active").one_of(&["active", "completed", "failed", "expired"]),
            json("metadata"),
        ])
        .mutable()
        .primary_key(&["id"])
        .unique(&["id", "patient_id"])
        .references("patient_id", "patients", Cascade)
        .references("user_id", "users", Refuse)
        .references("doctor_id", "doctors", Refuse)
        .references("agent_id", "users", Refuse)
        .index(&["created_at", "id"])
        .index(&["patient_id", "created_at", "id"])
        .index(&["user_id"])
        .index(&["doctor_id"])
        .index(&["agent_id"])
}
