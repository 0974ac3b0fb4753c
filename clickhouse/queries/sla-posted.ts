/** What was posted to lines: read by the keys of the lines that are asked about, and of the postings that settle them. */

const DOCUMENT_OF = (key: string) => `substring(${key}, 1, length(${key}) - position(reverse(${key}), '/'))`;

/**
 * What was posted to each of some lines of a kind, reversals taken off. A posting line that settles several lines at once
 * cannot be shared out among them: `shared` 1, and its lines stay out of the figure. Columns: line, posted, shared; a
 * line that shares a posting with one of them may be among the rows too.
 *
 * @param type of the lines, as links name it
 * @param kinds of postings, quoted
 * @param lines SELECT of the lines' keys
 */
export function postedTo(type: string, kinds: string, lines: string): string {
  const postings = `SELECT peer_id FROM links WHERE node_type = '${type}' AND node_id IN (${lines}) AND direction = 'down' AND peer_type = 'posting'`;
  return `
  SELECT l.line AS line, sum(f.stands) AS posted, max(l.lines > 1) AS shared
  FROM (
    SELECT line, posting, count() OVER (PARTITION BY posting) AS lines
    FROM (SELECT peer_id AS line, node_id AS posting FROM links WHERE node_type = 'posting' AND node_id IN (${postings}) AND direction = 'up' AND peer_type = '${type}' GROUP BY line, posting)
  ) AS l
  INNER JOIN (
    SELECT object_id, toDecimal128(if(maxIf(rank, aspect = 'completed') > whole_reversed,
        ifNull(maxIf(amount, aspect = 'completed'), 0) - if(maxIf(rank, aspect = 'reversed') > maxIf(rank, aspect = 'completed'), coalesce(maxIf(amount, aspect = 'reversed'), maxIf(amount, aspect = 'completed'), 0), 0), 0), 6) AS stands
    FROM (SELECT *, maxIf(rank, aspect = 'reversed' AND line_id = '') OVER (PARTITION BY document_id) AS whole_reversed
      FROM document_lines FINAL WHERE document_type = 'posting' AND aspect IN ('completed', 'reversed') AND document_id IN (SELECT ${DOCUMENT_OF('peer_id')} FROM (${postings})))
    WHERE line_id != '' GROUP BY object_id, document_id, whole_reversed HAVING anyIf(reason, aspect = 'completed') IN (${kinds}) AND countIf(aspect = 'completed') > 0
  ) AS f ON f.object_id = l.posting
  GROUP BY line`;
}
