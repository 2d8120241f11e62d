// The tabs of a first visit: the requests that `patientgraph demo` prints too.
import record from '../queries/record.graphql';
import attention from '../queries/attention.graphql';
import dashboard from '../queries/dashboard.graphql';
import register from '../queries/register.graphql';
import live from '../queries/live.graphql';

export const tabs = [record, attention, dashboard, register, live].map((query) => ({ query }));
