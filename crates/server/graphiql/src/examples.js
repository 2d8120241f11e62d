// The tabs of a first visit: the queries that `patientgraph demo` prints too.
import record from '../queries/record.graphql';
import attention from '../queries/attention.graphql';
import dashboard from '../queries/dashboard.graphql';

export const tabs = [record, attention, dashboard].map((query) => ({ query }));
