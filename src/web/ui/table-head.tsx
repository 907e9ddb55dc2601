// The head of a table: what stands in its columns, and where its rows have buttons, one that only a screen reader names.
import { say } from "../languages/say";
interface TableHeadProps {
  titles: readonly string[];
  /** Whether the last column is of buttons. */
  acts?: boolean;
}

export const TableHead = ({ titles, acts = false }: TableHeadProps) => (
  <thead>
    <tr>
      {titles.map((title) => (
        <th key={title} scope="col">
          {title}
        </th>
      ))}
      {acts && (
        <th scope="col">
          <span class="unseen">{say("Acts")}</span>
        </th>
      )}
    </tr>
  </thead>
);
