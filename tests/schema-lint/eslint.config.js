// graphql-eslint's rules for schemas, and the exceptions this schema has, each with its reason.
import graphql from "@graphql-eslint/eslint-plugin";

const values = [
  "Actor", // a person in a record, named, not to be looked up
  "BookingWarning", // about a booking
  "Dashboard", // figures of the moment
  "DayActivity",
  "DiseaseStageCount",
  "DiseaseStatusCount",
  "EmergencyContact", // part of its patient
  "PageInfo", // Relay's
  "PatientStatistics", // part of its patient
  "ReportRequestChange", // told once, known by its position
  "ReportRequestStatusCount",
  "StatisticsDifference", // about a figure
  "TimelineChange", // likewise
  "UserError",
  "Viewer", // whoever asks
];

export default [
  {
    files: ["**/*.graphql"],
    languageOptions: {
      parser: graphql.parser,
      parserOptions: { graphQLConfig: { schema: "./out/schema.graphql" } },
    },
    plugins: { "@graphql-eslint": graphql },
    rules: {
      ...graphql.configs["flat/schema-recommended"].rules,
      // Nearly every description is one line, and reads better as one.
      "@graphql-eslint/description-style": ["error", { style: "inline" }],
      // What has no life of its own has no id: Relay's wrappers, what a mutation answers, and values.
      "@graphql-eslint/strict-id-in-types": [
        "error",
        { exceptions: { types: values, suffixes: ["Connection", "Edge", "Payload"] } },
      ],
    },
  },
  {
    // `User.username` is the word everybody knows; `User.name` is the person's.
    files: ["**/*.graphql"],
    rules: { "@graphql-eslint/no-typename-prefix": "off" },
  },
];
