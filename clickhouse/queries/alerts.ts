import { z } from 'zod';
import { defineList, defineQuery } from '../client';
import { OPEN_FAILED_ORDERS } from './failed-orders';
import { IS_MISMATCH } from './invoices';
import { INVOICE_LINES_IN_RANGE, MATCHED_VERDICTS } from './match';
import { IN_FACILITIES, scope } from './scope';

/** What alert rules look at, and the incidents as the log tells them. */

/** Events per interface and clock hour; interfaces that were heard of in the span. */
export const interfaceHours = defineQuery({
  name: 'alerts_interface_hours',
  sql: `
    SELECT interface, intDiv(toUnixTimestamp(toStartOfHour(time)), 3600) AS hour, uniqExact(event_key) AS events
    FROM events WHERE time >= {from:DateTime64(3, 'UTC')} AND time < {to:DateTime64(3, 'UTC')} AND interface != ''
    GROUP BY interface, hour`,
  params: z.object({ from: z.date(), to: z.date() }),
  row: z.object({ interface: z.string(), hour: z.number(), events: z.number() }),
  limits: { rows: 500_000 },
});

/** Newest event of each interface that was heard of in the span. */
export const interfaceLast = defineQuery({
  name: 'alerts_interface_last',
  sql: `
    SELECT interface, max(time) AS last FROM events
    WHERE time >= {from:DateTime64(3, 'UTC')} AND time < {to:DateTime64(3, 'UTC')} AND interface != '' GROUP BY interface`,
  params: z.object({ from: z.date(), to: z.date() }),
  row: z.object({ interface: z.string(), last: z.string() }),
});

/** Announced maintenance that covers an instant: systems and interfaces that may be silent. */
export const maintenanceNow = defineQuery({
  name: 'alerts_maintenance',
  sql: `
    SELECT arrayJoin(names) AS name, toString(max(ends)) AS until FROM (
      SELECT arrayConcat(JSONExtract(attributes, 'interfaces', 'Array(String)'), JSONExtract(attributes, 'systems', 'Array(String)')) AS names,
        parseDateTime64BestEffortOrNull(JSONExtractString(attributes, 'window', 'from'), 3, 'UTC') AS begins, parseDateTime64BestEffortOrNull(JSONExtractString(attributes, 'window', 'to'), 3, 'UTC') AS ends
      FROM events WHERE type = 'integration.maintenance.announced.v1' AND time >= {at:DateTime64(3, 'UTC')} - INTERVAL 30 DAY
    )
    WHERE begins <= {at:DateTime64(3, 'UTC')} AND ends > {at:DateTime64(3, 'UTC')}
    GROUP BY name`,
  params: z.object({ at: z.date() }),
  row: z.object({ name: z.string(), until: z.string().nullable() }),
});

/** Orders whose creation failed and was not mended, by facility and reason. */
export const failedOrders = defineQuery({
  name: 'alerts_failed_orders',
  sql: `
    SELECT facility, class, code, any(message) AS said, count() AS orders, min(since) AS first_failed, arraySort(groupUniqArray(5)(document)) AS examples
    FROM (${OPEN_FAILED_ORDERS}) GROUP BY facility, class, code`,
  params: z.object(scope),
  row: z.object({ facility: z.string(), class: z.string(), code: z.string(), said: z.string(), orders: z.number(), first_failed: z.string(), examples: z.array(z.string()) }),
});

/**
 * Incidents: what was said last about each opening. Acknowledging an incident does not end it.
 * The incident's key and opening (revision) come from the ops events, so the page is a function of the log.
 */
const INCIDENTS = `
  SELECT document_id AS incident, revision AS opening, any(of_facility) AS facility, argMaxIf(attributes, (time, stream_seq), action = 'opened') AS said,
    minIf(time, action = 'opened') AS opened_at, maxIf(time, action = 'recovered') AS recovered, countIf(action = 'recovered') > 0 AS over,
    maxIf(time, action = 'acknowledged') AS acknowledged, countIf(action = 'acknowledged') > 0 AS taken,
    argMaxIf(actor_id, (time, stream_seq), action = 'acknowledged') AS taken_by
  FROM (SELECT document_id, revision, facility AS of_facility, attributes, time, stream_seq, action, actor_id FROM incident_events FINAL
    WHERE time < {to:DateTime64(3, 'UTC')} AND (facility = '' OR ${IN_FACILITIES}))
  GROUP BY document_id, revision
  HAVING countIf(action = 'opened') > 0`;
// FINAL: a redelivered action must count once; incidents are few.

export const incidents = defineList({
  name: 'alerts_incidents',
  sql: `
    SELECT incident, opening, facility, JSONExtractString(said, 'rule') AS rule, JSONExtractString(said, 'severity') AS severity, JSONExtractString(said, 'owner') AS owner,
      JSONExtractString(said, 'title') AS title, JSONExtractString(said, 'detail') AS detail, JSONExtractString(said, 'subject', 'type') AS subject_type, JSONExtractString(said, 'subject', 'id') AS subject_id,
      opened_at, if(over, recovered, NULL) AS recovered_at, if(taken, acknowledged, NULL) AS acknowledged_at, if(person.name = '', taken_by, person.name) AS taken_by,
      multiIf(over, 'recovered', taken, 'acknowledged', 'firing') AS state,
      dateDiff('millisecond', opened_at, if(over, recovered, now64(3))) AS lasted_ms
    FROM (${INCIDENTS}) AS said_of LEFT JOIN (SELECT id, name FROM users FINAL) AS person ON person.id = said_of.taken_by
    WHERE (NOT over OR recovered >= {from:DateTime64(3, 'UTC')})
      AND ({state:String} = '' OR state = {state:String}) AND ({rule:String} = '' OR rule = {rule:String})`,
  params: z.object({ from: z.date(), to: z.date(), facilities: z.array(z.string()), state: z.string(), rule: z.string() }),
  row: z.object({
    incident: z.string(), opening: z.number(), facility: z.string(), rule: z.string(), severity: z.string(), owner: z.string(), title: z.string(), detail: z.string(),
    subject_type: z.string(), subject_id: z.string(), opened_at: z.string(), recovered_at: z.string().nullable(), acknowledged_at: z.string().nullable(), taken_by: z.string(), state: z.string(), lasted_ms: z.number(),
  }),
  sortable: { state: "indexOf(['firing', 'acknowledged', 'recovered'], state)", severity: 'severity', rule: 'rule', owner: 'owner', title: 'title', opened_at: 'opened_at', recovered_at: 'recovered_at', lasted_ms: 'lasted_ms', facility: 'facility' },
  defaultSort: { sort: 'state', desc: false },
  key: ['opened_at DESC', 'incident', 'opening'],
});

/** Incidents by rule and state, for the figures of the page. */
export const incidentCounts = defineQuery({
  name: 'alerts_counts',
  sql: `
    SELECT JSONExtractString(said, 'rule') AS rule, JSONExtractString(said, 'severity') AS severity, multiIf(over, 'recovered', taken, 'acknowledged', 'firing') AS state, count() AS incidents
    FROM (${INCIDENTS}) WHERE NOT over OR recovered >= {from:DateTime64(3, 'UTC')}
    GROUP BY rule, severity, state ORDER BY rule, severity, state`,
  params: z.object({ from: z.date(), to: z.date(), facilities: z.array(z.string()) }),
  row: z.object({ rule: z.string(), severity: z.string(), state: z.string(), incidents: z.number() }),
});

/** Invoices of the range and those with at least one mismatched line, by facility and supplier, with the commonest verdicts. */
export const invoiceExceptionRates = defineQuery({
  name: 'alerts_invoice_exceptions',
  sql: `
    WITH ${MATCHED_VERDICTS}
    SELECT facility, supplier, count() AS invoices, countIf(mismatched > 0) AS exceptions, topKArray(3)(wrong) AS verdicts FROM (
      SELECT document_id, any(line.facility) AS facility, any(line.supplier) AS supplier, countIf(${IS_MISMATCH}) AS mismatched, groupUniqArrayIf(toString(verdict), ${IS_MISMATCH}) AS wrong
      FROM (${INVOICE_LINES_IN_RANGE}) AS line GROUP BY document_id
    ) GROUP BY facility, supplier HAVING exceptions > 0`,
  params: z.object(scope),
  row: z.object({ facility: z.string(), supplier: z.string(), invoices: z.number(), exceptions: z.number(), verdicts: z.array(z.string()) }),
  limits: { seconds: 30 },
});
