'use client';

import { BaseEdge, EdgeLabelRenderer, getBezierPath, type Edge, type EdgeProps } from '@xyflow/react';

export type Relation = Edge<{ words: string[] }, 'relation'>;

/** A relation, with its name and how long it took in the gap between the columns. */
export function RelationEdge({ sourceX, sourceY, targetX, targetY, sourcePosition, targetPosition, style, markerEnd, data }: EdgeProps<Relation>) {
  const [path, x, y] = getBezierPath({ sourceX, sourceY, targetX, targetY, sourcePosition, targetPosition });
  const words = data?.words ?? [];
  // Over several columns the middle would lie on a card: the words stand just before the target.
  const far = targetX - sourceX > 150;
  return (
    <>
      <BaseEdge path={path} style={style} markerEnd={markerEnd} />
      {words.length > 0 && (
        <EdgeLabelRenderer>
          <div
            style={{
              position: 'absolute', transform: `translate(-50%, -50%) translate(${far ? targetX - 40 : x}px, ${far ? targetY - 12 : y}px)`, pointerEvents: 'none',
              fontSize: 10, lineHeight: 1.25, textAlign: 'center', color: 'var(--mantine-color-dimmed)', background: 'var(--tl-surface)', padding: '0 2px', borderRadius: 3, whiteSpace: 'nowrap',
            }}
          >
            {words.map((word) => <div key={word}>{word}</div>)}
          </div>
        </EdgeLabelRenderer>
      )}
    </>
  );
}
