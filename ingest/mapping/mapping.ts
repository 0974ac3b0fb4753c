import { envelope, type ContractEvent } from '../contract/envelope';
import { EVENT_TYPES } from '../contract/index';
import { validate } from '../contract/validate';
import { ExpressionError, type Expression, type Scope } from './expression';
import type { MappingFile } from './schema';
import { fileMatches, subjectMatches } from './subject';
import { expressionAt, fill, known, truthy, type Template } from './template';

export interface CompiledEvent {
  readonly when: Expression | undefined;
  readonly type: string;
  readonly attributes: readonly (readonly [string, Expression])[];
  readonly data: Template;
}
export interface CompiledRule {
  readonly when: Expression | undefined;
  /** Why records of this rule are not events; they end as dead letters that say so. */
  readonly ignore: string | undefined;
  readonly events: readonly CompiledEvent[];
}

/** What is known besides the record itself; expressions read it as `$subject`, `$file`, `$params`, `$recordedAt`. */
export interface MappingContext {
  readonly subject?: string;
  /** Name of the file that is imported, without its folder. */
  readonly file?: string;
  /** When the stream stored the message, RFC 3339. */
  readonly recordedAt?: string;
  /** Parameters given on the command line; they go before those of the mapping file. */
  readonly params?: Readonly<Record<string, unknown>>;
}

export type FailureCode = 'UNMAPPED' | 'IGNORED' | 'MAPPING_FAILED';

/** Why a record became no event. */
export interface MappingFailure {
  readonly ok: false;
  readonly code: FailureCode;
  /** name@version */
  readonly mapping: string;
  /** The contract field whose expression failed; empty where no rule fits. */
  readonly field: string;
  readonly expression: string;
  readonly message: string;
}
export interface MappedEvent {
  readonly ok: true;
  readonly event: ContractEvent;
}
export type MappingResult = MappedEvent | MappingFailure;

/** A compiled mapping: turns messages and records of others into events of the contract. */
export class Mapping {
  readonly name: string;
  readonly version: number;
  /** name@version, as it stands beside every event that it made. */
  readonly label: string;
  readonly about: string;
  readonly match: MappingFile['match'];
  readonly csv: NonNullable<MappingFile['csv']>;
  readonly params: Readonly<Record<string, unknown>>;

  constructor(
    given: MappingFile,
    private readonly each: Expression | undefined,
    private readonly names: ReadonlyMap<string, Expression>,
    private readonly rules: readonly CompiledRule[],
    /** Hash of the file's text. */
    readonly fingerprint: string,
  ) {
    this.name = given.mapping;
    this.version = given.version;
    this.label = `${given.mapping}@${given.version}`;
    this.about = given.about ?? '';
    this.match = given.match;
    this.csv = given.csv ?? {};
    this.params = given.params ?? {};
  }

  matchesSubject(subject: string): boolean {
    return this.match.subject?.some((pattern) => subjectMatches(pattern, subject)) ?? false;
  }

  matchesFile(fileName: string): boolean {
    return this.match.file?.some((pattern) => fileMatches(pattern, fileName)) ?? false;
  }

  /**
   * The events of one message: those of each of its records. A record with a failure gives the failure alone and
   * none of its events, so that it can be mapped again as a whole. Never throws, never returns an empty list.
   */
  async applyMessage(message: unknown, context: MappingContext = {}): Promise<MappingResult[]> {
    if (!this.each) return this.apply(message, context);
    let records: unknown;
    try {
      records = await this.each.evaluate(this.scope(message, message, context));
    } catch (problem) {
      return [this.failure(problem, this.each, 'each')];
    }
    const list = records === undefined || records === null ? [] : Array.isArray(records) ? (records as unknown[]) : [records];
    if (list.length === 0) return [this.refuse('UNMAPPED', 'each', this.each.text, 'the message holds no record')];
    const results: MappingResult[] = [];
    for (const record of list) results.push(...(await this.apply(record, context, message)));
    return results;
  }

  /** The events of one record, or the one failure that it has. Never throws, never returns an empty list. */
  async apply(record: unknown, context: MappingContext = {}, message: unknown = record): Promise<MappingResult[]> {
    const scope = this.scope(record, message, context);
    let current: Expression | undefined;
    try {
      for (const rule of this.rules) {
        current = rule.when;
        if (rule.when && !truthy(await rule.when.evaluate(scope))) continue;
        if (rule.ignore !== undefined) return [this.refuse('IGNORED', '', rule.when?.text ?? '', rule.ignore)];
        return await this.eventsOf(rule, scope);
      }
    } catch (problem) {
      return [this.failure(problem, current, current?.field ?? '')];
    }
    return [this.refuse('UNMAPPED', '', '', 'no rule of the mapping fits the record')];
  }

  private async eventsOf(rule: CompiledRule, scope: Scope): Promise<MappingResult[]> {
    const made: MappedEvent[] = [];
    const ids = new Set<string>();
    for (const template of rule.events) {
      let current: Expression | undefined = template.when;
      try {
        if (template.when && !truthy(await template.when.evaluate(scope))) continue;
        const event: Record<string, unknown> = { specversion: '1.0', type: template.type };
        for (const [name, expression] of template.attributes) {
          current = expression;
          const result = expression.evaluate(scope);
          const value = known(result instanceof Promise ? await result : result);
          if (value !== undefined) event[name] = typeof value === 'number' ? String(value) : value;
        }
        current = undefined;
        event.data = { ...((await fill(template.data, scope)) as object | undefined), mappingVersion: this.label };
        const failed = this.check(template, event);
        if (failed) return [failed];
        const checked = event as ContractEvent;
        const identity = `${checked.source}\0${checked.id}`;
        if (ids.has(identity)) return [this.refuse('MAPPING_FAILED', 'id', this.idOf(template), `two events of one record have the id of the ${template.type}`)];
        ids.add(identity);
        made.push({ ok: true, event: checked });
      } catch (problem) {
        return [this.failure(problem, current, current?.field ?? 'data')];
      }
    }
    return made.length > 0 ? made : [this.refuse('UNMAPPED', '', rule.when?.text ?? '', 'the rule that fits the record makes no event of it')];
  }

  private idOf(template: CompiledEvent): string {
    return template.attributes.find(([name]) => name === 'id')?.[1].text ?? '';
  }

  /** Checks the event against the contract; a failure names the expression that made the field. */
  private check(template: CompiledEvent, event: Record<string, unknown>): MappingFailure | undefined {
    const result = validate(event);
    if (result.ok) return undefined;
    const outer = envelope.safeParse(event).error?.issues[0];
    const inner = outer ? undefined : EVENT_TYPES.get(template.type)?.schema.safeParse(event.data).error?.issues[0];
    const expression = outer ? template.attributes.find(([name]) => name === outer.path[0])?.[1] : inner && expressionAt(template.data, inner.path);
    const field = inner ? fieldName(['data', ...inner.path]) : outer ? fieldName(outer.path) : '';
    return this.refuse('MAPPING_FAILED', field, expression?.text ?? '', result.reason);
  }

  private scope(record: unknown, message: unknown, context: MappingContext): Scope {
    const names: Record<string, unknown> = {
      record, message, subject: context.subject, file: context.file, recordedAt: context.recordedAt,
      params: context.params ? { ...this.params, ...context.params } : this.params,
    };
    const done = new Set<string>();
    const own = this.names;
    const set = (name: string, value: unknown) => {
      names[name] = value;
      done.add(name);
    };
    const scope: Scope = {
      record,
      names,
      ensure(wanted) {
        let waiting: Promise<void>[] | undefined;
        for (const name of wanted) {
          if (done.has(name)) continue;
          const value = own.get(name)?.evaluate(scope);
          if (value instanceof Promise) (waiting ??= []).push(value.then((known: unknown) => set(name, known)));
          else if (own.has(name)) set(name, value);
        }
        return waiting && Promise.all(waiting).then(() => undefined);
      },
    };
    return scope;
  }

  private failure(problem: unknown, near: Expression | undefined, field: string): MappingFailure {
    const expression = problem instanceof ExpressionError ? problem.expression : near;
    return this.refuse('MAPPING_FAILED', problem instanceof ExpressionError ? problem.expression.field : field, expression?.text ?? '', problem instanceof Error ? problem.message : String(problem));
  }

  private refuse(code: FailureCode, field: string, expression: string, message: string): MappingFailure {
    const where = [field && `field ${field}`, expression && `expression ${expression}`].filter(Boolean).join(', ');
    return { ok: false, code, mapping: this.label, field, expression, message: where ? `${message} (${where})` : message };
  }
}

function fieldName(path: readonly PropertyKey[]): string {
  return path.map((part, i) => (typeof part === 'number' ? `[${part}]` : `${i ? '.' : ''}${String(part)}`)).join('');
}
