//! Who works in the clinic.

use serde_json::{Value, json};

use super::{Builder, INSTANTS};

impl Builder<'_> {
    /// Users and doctors.
    pub(super) async fn people(&mut self) {
        for (number, role) in ["admin", "doctor", "doctor", "patient", "agent", "agent"].iter().enumerate() {
            let mut row = json!({"username": format!("user{number}"), "name": format!("User {number}"), "role": role});
            self.stamp(&mut row);
            row["email"] = if number % 2 == 0 { json!(format!("u{number}@clinic.example")) } else { Value::Null };
            row["is_active"] = json!(number != 5);
            row["last_login"] = self.maybe_instant();
            self.users.push(self.factory.insert("users", "id", row, json!({})).await);
        }
        for (number, name) in ["Ärzt, Ute", "Bell", "bell", "Curie", "Dax", "Zhou"].iter().enumerate() {
            let mut row = json!({
                "license_number": format!("L{number}"),
                "specialization": ([Some("Neurology"), Some("Radiology"), None][number % 3]),
                "years_experience": ([Some(0), None, Some(31)][number % 3]),
                "consultation_fee_cents": ([Some(0), Some(12_345), None, Some(5)][number % 4]),
                "hospital_affiliation": self.text(),
                "email": (["u.aerzt@clinic.example", "BELL@clinic.example"].get(number)),
                "phone": self.text(),
                "user_id": if number == 0 { json!(self.users[1]) } else { Value::Null },
                "archived_at": if number == 4 { json!(INSTANTS[1]) } else { Value::Null },
            });
            self.stamp(&mut row);
            self.doctors.push(self.factory.doctor(name, row).await);
        }
    }

    /// Keys of programs, of which nobody knows the secrets.
    pub(super) async fn keys(&mut self) {
        for number in 0..4 {
            let mut row = json!({
                "user_id": self.users[4 + number % 2],
                "name": format!("Key {number}"),
                "hash": format!("{number}"),
                "hint": format!("hint{number}"),
                "may_intake": self.dice.chance(50),
                "may_predict": true,
                "may_report": self.dice.chance(50),
                "created_by": self.maybe(|b| b.users[0].clone()),
                "expires_at": self.maybe_instant(),
                "revoked_at": self.maybe_instant(),
            });
            self.stamp(&mut row);
            self.factory.insert("api_keys", "id", row, json!({})).await;
        }
    }
}
