import { useRef, type KeyboardEvent, type ReactNode } from 'react';

const STEP: Readonly<Record<string, number>> = { ArrowDown: 1, ArrowUp: -1 };

interface RowTableProps {
  readonly caption: string;
  readonly columns: readonly string[];
  readonly children: ReactNode;
}

/** A table whose rows each hold one link; the arrow keys move from row to row. */
export function RowTable({ caption, columns, children }: RowTableProps) {
  const body = useRef<HTMLTableSectionElement>(null);
  function move(event: KeyboardEvent) {
    const step = STEP[event.key];
    if (step === undefined) return;
    const links = [...(body.current?.querySelectorAll('a') ?? [])];
    const next = links[links.indexOf(document.activeElement as HTMLAnchorElement) + step];
    if (next === undefined) return;
    event.preventDefault();
    next.focus();
  }
  return (
    <div className="table-scroll">
      <table className="rows">
        <caption className="hidden">{caption}</caption>
        <thead>
          <tr>
            {columns.map((column) => (
              <th key={column} scope="col">
                {column}
              </th>
            ))}
          </tr>
        </thead>
        <tbody ref={body} onKeyDown={move}>
          {children}
        </tbody>
      </table>
    </div>
  );
}
