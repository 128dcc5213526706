#include "app/streams/recording_facts.hpp"

#include <nlohmann/json.hpp>

namespace mh {

namespace {

using Json = nlohmann::json;

std::string written(const Json& json) {
  return json.dump(-1, ' ', false, Json::error_handler_t::replace);
}

Json read(const std::string& text) {
  Json json = Json::parse(text, nullptr, false);
  return json.is_object() ? json : Json::object();
}

template <typename Number>
void take(const Json& json, const char* name, Number& number) {
  const auto found = json.find(name);
  if (found != json.end() && found->is_number_integer()) number = found->get<Number>();
}
void take(const Json& json, const char* name, bool& flag) {
  const auto found = json.find(name);
  if (found != json.end() && found->is_boolean()) flag = found->get<bool>();
}
void take(const Json& json, const char* name, std::string& text) {
  const auto found = json.find(name);
  if (found != json.end() && found->is_string()) text = found->get<std::string>();
}
void take(const Json& json, const char* name, std::vector<std::string>& words) {
  const auto found = json.find(name);
  if (found == json.end() || !found->is_array()) return;
  for (const Json& word : *found) {
    if (word.is_string()) words.push_back(word.get<std::string>());
  }
}

}  // namespace

std::string in_one_line(const std::vector<std::string>& command) {
  std::string text;
  for (const std::string& word : command) text += (text.empty() ? "" : " ") + word;
  for (char& c : text) {
    if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f) c = ' ';
  }
  return text;
}

std::string ProcessFacts::title(std::size_t most) const {
  const std::string file = program.substr(program.find_last_of('/') + 1);
  const std::string text = in_one_line(command.empty() ? std::vector{file} : command);
  return text.size() > most ? text.substr(0, most - 3) + "..." : text;
}

std::string to_json(const SessionFacts& facts) {
  Json json{{"command", facts.command},        {"host", facts.host},
            {"started", facts.started},        {"system", facts.system},
            {"version", facts.version},        {"missed", facts.missed},
            {"duration_ns", facts.duration_ns}};
  if (facts.end) json["end"] = {{"status", facts.end->status}, {"signal", facts.end->signal}};
  return written(json);
}

std::string to_json(const ProcessFacts& facts) {
  Json threads = Json::array();
  for (const ThreadInfo& thread : facts.threads) {
    threads.push_back({{"number", thread.number}, {"name", thread.name}, {"alive", thread.alive}});
  }
  return written({{"process", facts.process},
                  {"parent", facts.parent},
                  {"inherited", facts.inherited},
                  {"program", facts.program},
                  {"command", facts.command},
                  {"began_ns", facts.began_ns},
                  {"lost", facts.lost},
                  {"rejected", facts.rejected},
                  {"threads", std::move(threads)},
                  {"ended", facts.ended}});
}

SessionFacts session_from_json(const std::string& text) {
  const Json json = read(text);
  SessionFacts facts;
  take(json, "command", facts.command);
  take(json, "host", facts.host);
  take(json, "started", facts.started);
  take(json, "system", facts.system);
  take(json, "version", facts.version);
  take(json, "missed", facts.missed);
  take(json, "duration_ns", facts.duration_ns);
  if (const auto end = json.find("end"); end != json.end() && end->is_object()) {
    facts.end.emplace();
    take(*end, "status", facts.end->status);
    take(*end, "signal", facts.end->signal);
  }
  return facts;
}

ProcessFacts process_from_json(const std::string& text) {
  const Json json = read(text);
  ProcessFacts facts;
  take(json, "process", facts.process);
  take(json, "parent", facts.parent);
  take(json, "inherited", facts.inherited);
  take(json, "program", facts.program);
  take(json, "command", facts.command);
  take(json, "began_ns", facts.began_ns);
  take(json, "lost", facts.lost);
  take(json, "rejected", facts.rejected);
  take(json, "ended", facts.ended);
  const auto threads = json.find("threads");
  if (threads == json.end() || !threads->is_array()) return facts;
  for (const Json& told : *threads) {
    if (!told.is_object()) continue;
    ThreadInfo thread;
    take(told, "number", thread.number);
    take(told, "name", thread.name);
    take(told, "alive", thread.alive);
    facts.threads.push_back(std::move(thread));
  }
  return facts;
}

}  // namespace mh
