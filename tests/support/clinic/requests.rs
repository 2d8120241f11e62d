//! Requests for reports, in every state.

use std::collections::BTreeSet;

use serde_json::json;

use super::Builder;

impl Builder<'_> {
    pub(super) async fn requests(
        &mut self,
        patient: &str,
        sessions: &[String],
        scans: &[String],
        predictions: &[String],
        reports: &[String],
    ) {
        // Two that are live for the same report are one.
        let mut live = BTreeSet::new();
        for _ in 0..self.dice.below(4) {
            let mut row = json!({
                "session_id": self.one_of(sessions),
                "report_id": self.one_of(reports),
                "status": self.dice.pick(&["pending", "generating", "generated", "failed", "archived"]),
                "report_type": self.dice.pick(&["comprehensive", "summary"]),
                "priority": self.dice.below(3),
                "requested_by": self.maybe(|b| b.users[2].clone()),
                "requested_at": self.maybe_instant(),
                "generated_at": self.maybe_instant(),
                "next_attempt_at": self.maybe_instant(),
                "prediction_id": self.one_of(predictions),
                "mri_scan_id": self.one_of(scans),
                "metadata": self.document(),
                "error_message": self.text(),
                "failure_cause": self.dice.pick(&[None, Some("program"), Some("worker_lost")]),
                "claimed_by": self.maybe(|b| b.users[4].clone()),
                "claimed_at": self.maybe_instant(),
                "leased_until": self.maybe_instant(),
                "retry_count": self.dice.below(3),
            });
            let subject =
                ["session_id", "prediction_id", "mri_scan_id", "report_type"].map(|column| row[column].to_string());
            if ["pending", "generating"].contains(&row["status"].as_str().unwrap_or_default()) && !live.insert(subject)
            {
                row["status"] = json!("failed");
            }
            self.stamp(&mut row);
            self.factory.of_patient("report_status", patient, row).await;
        }
    }
}
