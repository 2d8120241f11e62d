//! Whenever a copy is killed, the new database is as empty as before, or whole.

use std::process::Stdio;
use std::time::{Duration, Instant};

use super::{assert_same, copied, directory, everything, fill, is_empty};
use crate::support::binary;
use crate::support::database::{Backend, TestDatabase};

const KILLS: u32 = 5;

#[tokio::test]
async fn a_killed_copy_is_none() {
    let directory = directory();
    for (from, to) in [(Backend::Sqlite, Backend::Postgres), (Backend::Postgres, Backend::Sqlite)] {
        let (from, trial) = (TestDatabase::migrated(from).await, TestDatabase::fresh(to).await);
        fill(&from, 40).await;
        // Built, not to be counted.
        binary::path();
        let begun = Instant::now();
        copied(&from, &trial);
        let (whole, mut early) = (begun.elapsed(), 0);
        let to = TestDatabase::fresh(to).await;
        for number in 0..KILLS {
            let (from_url, to_url) = (from.url(), to.url());
            let arguments = ["copy", "--from", &from_url, "--to", &to_url];
            let mut copy = binary::command(&arguments, directory.path());
            let mut copy = copy.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
            std::thread::sleep(whole.mul_f64((f64::from(number) + 0.5) / f64::from(KILLS)));
            copy.kill().unwrap();
            copy.wait().unwrap();
            // A server takes a moment to notice.
            tokio::time::sleep(Duration::from_secs(1)).await;
            if is_empty(&to).await {
                early += 1;
            } else {
                assert_same(&everything(&from).await, &everything(&to).await);
                break;
            }
        }
        assert!(early > 0, "none of them was killed before its end");
        if is_empty(&to).await {
            copied(&from, &to);
        }
        assert_same(&everything(&from).await, &everything(&to).await);
    }
}
