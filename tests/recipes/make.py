"""Make the bodies of Vector, Logstash and Fluent Bit again, with the mappings of docs/recipes.md.

`PYTHONPATH=tests python -m recipes.make` needs Ruby, LuaJIT and pyvrl (PyPI), which is Vector's
interpreter. The tests use the stored bodies. How a tool frames its body is in its sources:
https://github.com/vectordotdev/vector/blob/master/src/sinks/http/encoder.rs
https://github.com/logstash-plugins/logstash-output-http/blob/main/lib/logstash/outputs/http.rb
https://github.com/fluent/fluent-bit/blob/master/plugins/out_http/http.c
"""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterator

from recipes.page import digest, mapping
from recipes.sent import BODIES, LINES, Sent

_RUBY = """
require "json"
class Event
  def initialize(fields) = @fields = fields
  def get(name) = @fields[name]
  def set(name, value) = @fields[name] = value
  def remove(name) = @fields.delete(name)
  def to_hash = @fields.dup
end
map = ->(event) { %s }
events = STDIN.each_line.filter_map do |line|
  event = Event.new({ "record" => JSON.parse(line), "message" => line, "@version" => "1",
                      "@timestamp" => "2026-03-02T10:15:33Z", "host" => { "name" => "app-1" } })
  begin
    map.call(event)
    event.to_hash
  rescue RuntimeError
    nil # Logstash tags it, and the output writes it to a file
  end
end
print JSON.generate(events)
"""

_LUA = """
%s
local function text(value)
  if type(value) == "string" then return string.format("%%q", value) end
  if type(value) == "number" then return string.format("%%.17g", value) end
  local parts = {}
  for key, inner in pairs(value) do
    parts[#parts + 1] = string.format("%%q:", key) .. text(inner)
  end
  return "{" .. table.concat(parts, ",") .. "}"
end
local events = {}
for _, record in ipairs({%s}) do
  local _, _, event = to_event("audit", 0, record)
  if not event.not_an_event then events[#events + 1] = text(event) end
end
io.write("[" .. table.concat(events, ",") .. "]")
"""


def vector() -> Iterator[str]:
    """The events that Vector sends."""
    import pyvrl  # type: ignore[import-not-found]  # noqa: PLC0415 (only here)

    program = pyvrl.Transform(mapping("vector"))
    for line in LINES:
        try:
            yield compact(program.remap({"message": line}))
        except ValueError as refused:
            if "abort" not in str(refused):
                raise


def logstash() -> str:
    """The events that Logstash sends, as JSON."""
    return run(["ruby", "-e", _RUBY % mapping("logstash")], "\n".join(LINES))


def fluent_bit() -> str:
    """The events that Fluent Bit sends, as JSON."""
    records = ",".join(to_lua(json.loads(line)) for line in LINES)
    return run(["luajit", "-"], _LUA % (mapping("fluent_bit"), records))


def to_lua(value: object) -> str:
    """A JSON value in Lua."""
    if isinstance(value, dict):
        return (
            "{" + ",".join(f"[{to_lua(key)}]={to_lua(each)}" for key, each in value.items()) + "}"
        )
    return compact(value)


def run(command: list[str], text: str) -> str:
    """The JSON that a command prints, in a form that does not depend on the command."""
    done = subprocess.run(command, input=text, capture_output=True, text=True, check=True)
    return compact(json.loads(done.stdout))


def compact(value: object) -> str:
    """JSON without white space, and with sorted names."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"), sort_keys=True)


def main() -> None:
    """Write the bodies."""
    bodies = {
        "vector": ("application/x-ndjson", "\n".join(vector())),
        "logstash": ("application/json", logstash()),
        "fluent_bit": ("application/json", fluent_bit()),
    }
    for name, (content_type, body) in bodies.items():
        sent = Sent(content_type, body, digest(name))
        text = json.dumps(sent._asdict(), indent=1, ensure_ascii=False)
        (BODIES / f"{name}.json").write_text(text + "\n")


if __name__ == "__main__":
    main()
