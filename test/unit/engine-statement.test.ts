import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { identifier, literal, rawInsert, readStatement, splitStatements } from '../../clickhouse/engine/statement';

describe('readStatement', () => {
  it.each([
    ['SELECT 1', 'read'], ['  -- c\n select 1', 'read'], ['(SELECT 1) UNION ALL (SELECT 2)', 'read'], ['WITH 1 AS x SELECT x', 'read'],
    ['SHOW TABLES', 'read'], ['EXPLAIN SELECT 1', 'read'], ['SELECT insert FROM t', 'read'],
    ['WITH 1 AS x INSERT INTO t SELECT x', 'insert'], ['/* a */ INSERT INTO t VALUES (1)', 'insert'],
    ['CREATE TABLE t (a Int8) ENGINE = Memory', 'other'], ['SET a = 1', 'other'], ['', 'empty'], ['-- only', 'empty'], [';;', 'empty'],
  ] as const)('%s is %s', (sql, kind) => expect(readStatement(sql).kind).toBe(kind));

  it('counts statements, not semicolons', () => {
    expect(readStatement("SELECT ';', \";\", `;` -- ;\n /* ; */ , $$;$$, $t$ ; $t$, 'it''s;', '\\';' ;").count).toBe(1);
    expect(readStatement('SELECT 1; SELECT 2').count).toBe(2);
    expect(readStatement('INSERT INTO t FORMAT TSV\n1;2;\'\n').count).toBe(1);
  });

  it('finds placeholders and nothing that looks like one', () => {
    const { placeholders } = readStatement(
      "SELECT {a:String}, { b : Array(UInt8) }, {format:Identifier}, '{c:String}', map('d', 1), {'e': 1} -- {f:String}\n/* {g:String} */",
    );
    expect([...placeholders]).toEqual(['a', 'b', 'format']);
  });

  it('ends on any text', () => {
    fc.assert(
      fc.property(fc.string({ unit: fc.constantFrom(...'\'"`\\$-/*#\n ;{}:aé0( '.split('')), maxLength: 60 }), (sql) => {
        readStatement(sql);
        expect(splitStatements(sql).length).toBeLessThanOrEqual(sql.length);
      }),
    );
  });

  it('sees one string in every literal and one name in every identifier', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        expect(splitStatements(`SELECT ${literal(text)};${identifier(text)};x`)).toEqual([`SELECT ${literal(text)}`, identifier(text), 'x']);
      }),
    );
  });
});

it('rawInsert takes plain inserts and leaves the rest', () => {
  expect(rawInsert('INSERT INTO t FORMAT JSONEachRow')).toEqual({ table: 't', format: 'JSONEachRow' });
  expect(rawInsert('insert into `db`.`t` (`a.b`, c) format CSV')).toEqual({ table: 'db.t', columns: ['a.b', 'c'], format: 'CSV' });
  for (const sql of [
    'INSERT INTO t SELECT 1', 'INSERT INTO t FORMAT Native', 'INSERT INTO t (* EXCEPT (a)) FORMAT CSV', 'INSERT INTO `a.b` FORMAT CSV',
    'INSERT INTO t SETTINGS a = 1 FORMAT CSV', 'INSERT INTO FUNCTION file() FORMAT CSV', 'INSERT INTO `é t` FORMAT CSV',
  ]) {
    expect(rawInsert(sql), sql).toBeUndefined();
  }
});
