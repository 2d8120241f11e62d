use super::*;

/// Every word means what it came from, and nothing else means anything.
macro_rules! check {
    ($($type:ident: $count:literal),+ $(,)?) => {
        $(
            assert_eq!($type::ALL.len(), $count);
            for word in $type::ALL {
                assert_eq!($type::from_word(word.word()), Some(*word));
                assert_eq!(word.to_string().parse::<$type>(), Ok(*word));
                assert_eq!(<$type as ValueType>::try_from(Value::from(*word)).unwrap(), *word);
                let json = serde_json::to_string(word).unwrap();
                assert_eq!(serde_json::from_str::<$type>(&json).unwrap(), *word);
            }
            for word in ["", "Male", "nonsense", " pending"] {
                assert_eq!($type::from_word(word), None);
            }
        )+
    };
}

#[test]
fn words_go_there_and_back() {
    check! {
        Gender: 4, Role: 4, Scope: 3, AssignmentType: 3, SessionStatus: 4, BinaryResult: 3, ProcessingStatus: 4, FileType: 5,
        ReportStatus: 3, ReportType: 5, ReportFormat: 4, ConsultationType: 4, ConsultationStatus: 4, RequestStatus: 5,
        EventType: 7, Severity: 5, DiseaseStatus: 3, FailureCause: 7,
    }
}

#[test]
fn an_unknown_word_is_told_what_is_known() {
    assert_eq!(
        "primry".parse::<AssignmentType>().unwrap_err().to_string(),
        "unknown assignment type; expected one of: primary, consultant, specialist"
    );
}
