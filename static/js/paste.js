/* Cells copied from a spreadsheet: which cell goes into which field of the sheet, and what a field refuses.
   An empty cell keeps the answer that stands; nothing is written here. */

const YES = ["x", "có", "yes", "1"];
const NO = ["không", "no", "0"];
const NUMBER_LIKE = /^[\p{Nd}\s.,+%-]*\p{Nd}[\p{Nd}\s.,%]*$/u; // how it must be written is the server's to say

/* Read the text that a spreadsheet puts on the clipboard: rows of cells; a cell with a line break stands in quotes. */
export function cells(text) {
  const rows = [[""]];
  let quoted = false;
  const plain = text.replace(/\r\n?/g, "\n").replace(/\n$/, "");
  for (let at = 0; at < plain.length; at += 1) {
    const sign = plain[at];
    const row = rows.at(-1);
    if (quoted && sign === '"' && plain[at + 1] === '"') {
      row[row.length - 1] += '"';
      at += 1;
    } else if (quoted && sign === '"') quoted = false;
    else if (!quoted && sign === '"' && row.at(-1) === "") quoted = true;
    else if (!quoted && sign === "\t") row.push("");
    else if (!quoted && sign === "\n") rows.push([""]);
    else row[row.length - 1] += sign;
  }
  return rows.map((row) => row.map((cell) => cell.trim()));
}

/* Return the ways in which pasted lines may belong to lines of the sheet: [{byCode, pairs: [{cells, line}]}], one way,
   or two when nobody but the person can know. lines are all lines of the sheet in their order, {code, row}, row
   missing where there is nothing to fill in; line is undefined below the end of the sheet.
   - A first column of codes of this sheet says itself where each line belongs.
   - Else they fill the lines that take an answer, one after the other; if the lines between that take none meet empty
     cells, they may as well have been copied with them. */
export function ways(pasted, lines, start) {
  const byCode = new Map(lines.map((line) => [line.code, line]));
  const filled = pasted.filter((row) => row.some((cell) => cell));
  if (pasted[0].length > 1 && filled.every((row) => byCode.has(row[0]))) {
    return [{ byCode: true, pairs: filled.map((row) => ({ cells: row.slice(1), line: byCode.get(row[0]) })) }];
  }
  const paired = (targets) => ({ byCode: false, pairs: pasted.map((cells, index) => ({ cells, line: targets[index] })) });
  const below = lines.slice(start);
  const shown = below.slice(0, pasted.length);
  const meetEmpty = shown.every((line, index) => line.row || pasted[index].every((cell) => !cell));
  const either = meetEmpty && shown.some((line) => !line.row);
  return [paired(below.filter((line) => line.row)), ...(either ? [paired(below)] : [])];
}

/* Return {value} that the text means for a field, or {refusal}: why the field cannot take it. A field is
   {kind: "number" | "select" | "choice" | "check", options: [{value, text}]}. */
export function meaning(field, text) {
  const said = text.normalize("NFC").toLowerCase();
  if (field.kind === "number") {
    return NUMBER_LIKE.test(text) ? { value: text } : { refusal: "ô này chỉ nhận số" };
  }
  if (field.kind === "check") {
    if (YES.includes(said)) return { value: "on" };
    return NO.includes(said) ? { value: "" } : { refusal: "ô “Không áp dụng” chỉ nhận x hoặc Không" };
  }
  const options = field.options.filter((option) => option.value !== "");
  const exact = options.filter((option) => option.value === text || option.text.toLowerCase() === said);
  const starting = options.filter((option) => option.text.toLowerCase().startsWith(said));
  const answer = YES.includes(said) ? "yes" : NO.includes(said) ? "no" : null;
  const meant = exact.length === 1 ? exact : starting.length === 1 ? starting : options.filter((o) => o.value === answer);
  if (meant.length === 1) return { value: meant[0].value };
  const allowed = options.map((option) => `“${option.text}”`).join(", ");
  return { refusal: `${starting.length > 1 ? "có nhiều lựa chọn bắt đầu như vậy" : "không có lựa chọn này"}; chọn một trong ${allowed}` };
}
