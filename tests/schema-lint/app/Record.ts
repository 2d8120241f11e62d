// What a Relay front end would write: a record with a timeline that pages, and a list that grows by a mutation.
import { graphql } from "relay-runtime";

export const record = graphql`
  query RecordQuery($id: ID!) {
    node(id: $id) {
      ...Record_patient @alias
    }
  }
`;

export const patient = graphql`
  fragment Record_patient on Patient
  @refetchable(queryName: "RecordTimelinePageQuery")
  @argumentDefinitions(count: { type: "Int", defaultValue: 20 }, cursor: { type: "String" }) {
    name
    statistics { totalConsultations lastVisitDate diseaseStatus }
    doctors { edges { assignments { type } node { name } } }
    timeline(first: $count, after: $cursor) @connection(key: "Record_timeline") {
      edges { node { id title eventDate source { __typename ... on Consultation { diagnosis } } } }
    }
  }
`;

export const patients = graphql`
  fragment Record_patients on Query
  @refetchable(queryName: "RecordPatientsPageQuery")
  @argumentDefinitions(count: { type: "Int", defaultValue: 50 }, cursor: { type: "String" }) {
    patients(last: $count, before: $cursor, orderBy: { field: LAST_VISIT, direction: DESC })
      @connection(key: "Record_patients", filters: ["orderBy"]) {
      totalCount
      edges { node { id name } }
    }
  }
`;

export const note = graphql`
  mutation RecordNoteMutation($input: AddTimelineNoteInput!, $connections: [ID!]!) {
    addTimelineNote(input: $input) {
      timelineEvent @prependNode(connections: $connections, edgeTypeName: "TimelineEventEdge") { id title }
      userErrors { code message path }
    }
  }
`;
