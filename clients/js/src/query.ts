/** Fields as the query of a URL. */

/** The query of a URL, with `?`. Undefined fields are left out; an array repeats its name. */
export function queryOf(fields: object): string {
  const query = new URLSearchParams();
  for (const [name, value] of Object.entries(fields) as [string, unknown][]) {
    // Null is a value in the metadata, and means no filter elsewhere.
    if (value === undefined || (value === null && !name.startsWith("metadata."))) continue;
    for (const each of Array.isArray(value) ? value : [value]) query.append(name, String(each));
  }
  return query.size ? `?${query}` : "";
}
