//! Which media type an answer has.

use axum::http::{HeaderMap, HeaderValue, header};

/// The two media types of GraphQL over HTTP.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum AnswerType {
    /// `application/graphql-response+json`: the status says whether there is `data`.
    GraphqlResponse,
    /// `application/json`, for clients from before: a document that fails is still answered with 200.
    Json,
}

impl AnswerType {
    /// What the client prefers, `application/json` if it does not say; none if it accepts neither.
    pub(super) fn negotiate(headers: &HeaderMap) -> Option<Self> {
        let mut ranges = headers.get_all(header::ACCEPT).iter().peekable();
        ranges.peek().is_none().then_some(Self::Json).or_else(|| {
            let ranges = ranges.filter_map(|value| value.to_str().ok()).flat_map(|value| value.split(','));
            let ranges = ranges.filter_map(Range::parse).collect::<Vec<_>>();
            let quality = |answer: Self| Range::quality_of(answer, &ranges);
            // `*/*` alone means a client that knows nothing of GraphQL: only an outspoken wish gets the newer type.
            let graphql = quality(Self::GraphqlResponse).filter(|(_, named)| *named).map(|(quality, _)| quality);
            let json = quality(Self::Json).map(|(quality, _)| quality);
            match (graphql, json) {
                (Some(graphql), Some(json)) if json > graphql => Some(Self::Json),
                (Some(_), _) => Some(Self::GraphqlResponse),
                (None, Some(_)) => Some(Self::Json),
                (None, None) => None,
            }
        })
    }

    /// The answer's `Content-Type`.
    pub(super) fn content_type(self) -> HeaderValue {
        match self {
            Self::GraphqlResponse => HeaderValue::from_static("application/graphql-response+json; charset=utf-8"),
            Self::Json => HeaderValue::from_static("application/json; charset=utf-8"),
        }
    }

    fn subtype(self) -> &'static str {
        match self {
            Self::GraphqlResponse => "graphql-response+json",
            Self::Json => "json",
        }
    }
}

/// One range of an `Accept` header: `application/*;q=0.5`.
struct Range<'a> {
    media: &'a str,
    subtype: &'a str,
    /// Thousandths.
    quality: u16,
}

impl<'a> Range<'a> {
    fn parse(text: &'a str) -> Option<Self> {
        let mut parts = text.split(';').map(str::trim);
        let (media, subtype) = parts.next()?.split_once('/')?;
        let quality = parts
            .filter_map(|parameter| parameter.split_once('='))
            .find(|(name, _)| name.trim().eq_ignore_ascii_case("q"))
            .map_or(Some(1.0), |(_, value)| value.trim().parse::<f32>().ok())?;
        Some(Self { media, subtype, quality: (quality.clamp(0.0, 1.0) * 1000.0) as u16 })
    }

    /// How exactly the range says `application/<subtype>`; none if it does not.
    fn exactness(&self, subtype: &str) -> Option<u8> {
        let application = self.media.eq_ignore_ascii_case("application");
        match (self.media, self.subtype) {
            (_, named) if application && named.eq_ignore_ascii_case(subtype) => Some(2),
            (_, "*") if application => Some(1),
            ("*", "*") => Some(0),
            _ => None,
        }
    }

    /// The quality that the most exact of `ranges` gives, and whether it names the type; none if not acceptable.
    fn quality_of(answer: AnswerType, ranges: &[Self]) -> Option<(u16, bool)> {
        let exact = ranges.iter().filter_map(|range| Some((range.exactness(answer.subtype())?, range.quality)));
        exact.max().filter(|(_, quality)| *quality > 0).map(|(exactness, quality)| (quality, exactness == 2))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn negotiated(accept: &[&'static str]) -> Option<AnswerType> {
        let headers = accept.iter().map(|value| (header::ACCEPT, HeaderValue::from_static(value))).collect();
        AnswerType::negotiate(&headers)
    }

    #[test]
    fn silence_and_anything_mean_json() {
        assert_eq!(negotiated(&[]), Some(AnswerType::Json));
        assert_eq!(negotiated(&["*/*"]), Some(AnswerType::Json));
        assert_eq!(negotiated(&["application/*"]), Some(AnswerType::Json));
        assert_eq!(negotiated(&["text/html,application/xhtml+xml,*/*;q=0.8"]), Some(AnswerType::Json));
    }

    #[test]
    fn the_newer_type_is_for_those_who_name_it() {
        assert_eq!(negotiated(&["application/graphql-response+json"]), Some(AnswerType::GraphqlResponse));
        assert_eq!(negotiated(&["APPLICATION/GraphQL-Response+JSON"]), Some(AnswerType::GraphqlResponse));
        let both = "application/graphql-response+json, application/json;q=0.9";
        assert_eq!(negotiated(&[both]), Some(AnswerType::GraphqlResponse));
        let equal = "application/json, application/graphql-response+json; charset=utf-8";
        assert_eq!(negotiated(&[equal]), Some(AnswerType::GraphqlResponse));
        assert_eq!(
            negotiated(&["application/json", "application/graphql-response+json;q=0.5"]),
            Some(AnswerType::Json)
        );
    }

    #[test]
    fn nothing_that_we_have_is_nothing() {
        assert_eq!(negotiated(&["text/html"]), None);
        assert_eq!(negotiated(&["application/json;q=0"]), None);
        assert_eq!(negotiated(&["application/json;q=0, */*"]), None);
        assert_eq!(negotiated(&["application/json;q=much"]), None);
    }
}
