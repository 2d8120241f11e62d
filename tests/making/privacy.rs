//! What never goes into a report: patients read it once it is released.

use entity::vocabulary::ReportType;

use super::{Desk, people};
use crate::on_both;
use crate::support::database::TestDatabase;

on_both!(what_is_not_the_patients_to_read_is_in_no_report);

async fn what_is_not_the_patients_to_read_is_in_no_report(database: TestDatabase) {
    let desk = Desk::new(database).await;
    let patient = people::rich(&desk.factory).await;
    for kind in ReportType::ALL {
        let made = desk.make(&patient, *kind).await;
        let everything = format!("{made:?}");
        for secret in [
            // Notes of doctors, on assignments and for the staff, names of files, and texts of other reports.
            "INTERNAL",
            "DRAFT",
            "Dose was recorded wrongly",
            "7946",
            "e.thorne",
            "Mill Road",
            "Northern Care",
            "12000",
            "120.00",
        ] {
            assert!(!everything.contains(secret), "{kind} has {secret:?}:\n{everything}");
        }
        assert!(made.content.contains("Elisabeth Thorne") && made.content.contains("PG-004711"));
        // Where it comes from tells rows and not what they say.
        assert!(!made.made_from.to_string().contains("Thorne"), "{}", made.made_from);
    }
}
