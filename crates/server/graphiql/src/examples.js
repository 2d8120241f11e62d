// The tabs of a first visit: the requests that `patientgraph demo` prints too.
import record from '../queries/record.graphql';
import attention from '../queries/attention.graphql';
import dashboard from '../queries/dashboard.graphql';
import register from '../queries/register.graphql';

export const tabs = [record, attention, dashboard, register].map((query) => ({ query }));
