import { z } from 'zod';
import { defineList, defineQuery } from '../client';

/** The stockout forecast as the keeper has last written it. FINAL throughout: of two runs' rows for a place the later holds; a network has some ten thousand places. */

const KEPT = '(SELECT * FROM stockout_lines FINAL WHERE NOT gone AND (empty({facilities:Array(String)}) OR facility IN {facilities:Array(String)}))';
const facilities = z.array(z.string());

const number = z.number().nullable();
const line = z.object({
  facility: z.string(), location: z.string(), item: z.string(), name: z.string(), category: z.string(), uom: z.string(), on_hand: number, usable: number, reorder_point: number, known_at: z.string(),
  daily_demand: number, pattern: z.enum(['none', 'smooth', 'intermittent', 'unknown']), days_of_supply: number, position: number, open: z.number(), horizon_days: z.number(),
  risk: number, risk_low: number, risk_high: number, risk_7: number, risk_14: number, risk_30: number, runs_out_on: z.string().nullable(), to_order: number,
  clinical_weight: z.number(), substitute_cover: z.number(), rank: number, state: z.enum(['out', 'high', 'watch', 'low', 'unknown']), doubts: z.array(z.string()), confidence: z.enum(['normal', 'lowered']),
});
/** An item at a location with its forecast. Quantities are units, probabilities 0 to 1; null where unknown. */
export type StockoutLine = z.infer<typeof line>;

const COLUMNS = Object.keys(line.shape).join(', ');

/** When stock was last judged; no row before the first time. */
export const stockoutRun = defineQuery({
  name: 'stockout_last_run',
  sql: 'SELECT run, at, lines, took_ms FROM stockout_runs ORDER BY run DESC LIMIT 1',
  params: z.object({}),
  row: z.object({ run: z.number(), at: z.string(), lines: z.number(), took_ms: z.number() }),
});

/** Lines of the page, and of what compares with them. Empty strings: not narrowed. */
export const stockoutLines = defineList({
  name: 'stockout_lines',
  sql: `SELECT ${COLUMNS} FROM ${KEPT}
    WHERE ({state:String} = '' OR state = {state:String}) AND ({location:String} = '' OR location = {location:String}) AND ({item:String} = '' OR item = {item:String})`,
  params: z.object({ facilities, state: z.string(), location: z.string(), item: z.string() }),
  row: line,
  sortable: {
    rank: 'ifNull(rank, -1)', state: "indexOf(['low', 'unknown', 'watch', 'high', 'out'], state)", item: 'item', name: 'name', location: 'location', facility: 'facility', category: 'category',
    usable: 'usable', daily_demand: 'daily_demand', days_of_supply: 'ifNull(days_of_supply, 1e12)', risk: 'ifNull(risk, -1)', horizon_days: 'horizon_days', risk_7: 'ifNull(risk_7, -1)', risk_14: 'ifNull(risk_14, -1)',
    risk_30: 'ifNull(risk_30, -1)', risk_low: 'ifNull(risk_low, -1)', risk_high: 'ifNull(risk_high, -1)', runs_out_on: "ifNull(runs_out_on, toDate32('2299-12-31'))", open: 'open', to_order: 'ifNull(to_order, 0)',
    clinical_weight: 'clinical_weight', substitute_cover: 'substitute_cover', confidence: 'confidence', pattern: 'pattern', known_at: 'known_at',
  },
  defaultSort: { sort: 'rank', desc: true },
  key: ['facility', 'location', 'item'],
});

/** How many lines are in each state, and of how many the confidence is lowered. */
export const stockoutStates = defineQuery({
  name: 'stockout_states',
  sql: `SELECT state, count() AS lines, countIf(confidence = 'lowered') AS lowered FROM ${KEPT} GROUP BY state`,
  params: z.object({ facilities }),
  row: z.object({ state: line.shape.state, lines: z.number(), lowered: z.number() }),
});

/** Why confidence is lowered, the most common reasons of each facility first. */
export const stockoutDoubts = defineQuery({
  name: 'stockout_doubts',
  sql: `SELECT facility, arrayJoin(doubts) AS doubt, count() AS lines FROM ${KEPT} GROUP BY facility, doubt ORDER BY lines DESC, facility, doubt LIMIT {most:UInt32}`,
  params: z.object({ facilities, most: z.number().int() }),
  row: z.object({ facility: z.string(), doubt: z.string(), lines: z.number() }),
});
