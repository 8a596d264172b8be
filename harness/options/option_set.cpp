#include "harness/options/option_set.h"

#include <algorithm>
#include <limits>

#include <fmt/format.h>
#include <CLI/CLI.hpp>

namespace reckon::harness {
namespace {

constexpr double kLargest = std::numeric_limits<double>::max();

std::vector<std::string> long_flags(const CLI::App& app) {
  std::vector<std::string> names;
  for (const CLI::Option* option : app.get_options()) {
    for (const std::string& name : option->get_lnames()) names.push_back("--" + name);
  }
  return names;
}

}  // namespace

Option Option::required() const {
  option_->required();
  return *this;
}

Option Option::shows_default() const {
  option_->capture_default_str();
  return *this;
}

Option Option::one_of(std::initializer_list<const char*> words) const {
  option_->check(CLI::IsMember(std::vector<std::string>(words.begin(), words.end())));
  return *this;
}

Option Option::between(int least, int most) const {
  option_->check(CLI::Range(least, most));
  return *this;
}

Option Option::between(double least, double most) const {
  option_->check(CLI::Range(least, most));
  return *this;
}

Option Option::between(const Bounds& bounds) const {
  option_->check(CLI::Validator(
      [bounds](const std::string& text) {
        double number = 0;
        if (!CLI::detail::lexical_cast(text, number)) return fmt::format("'{}' is no number", text);
        if (number > bounds.most) return fmt::format("{} is more than {:g}", text, bounds.most);
        return number >= bounds.least ? std::string() : fmt::format("{} is not {}", text, bounds.shown);
      },
      bounds.shown));
  return *this;
}

Option Option::positive() const {
  return between(Bounds{std::numeric_limits<double>::denorm_min(), kLargest, "more than 0"});
}

Option Option::not_negative() const { return between(Bounds{0.0, kLargest, "0 or more"}); }

Option Option::separated_by_commas() const {
  option_->delimiter(',');
  return *this;
}

Option Option::one_word_each() const {
  option_->allow_extra_args(false);
  return *this;
}

Option Option::needs(Option other) const {
  option_->needs(other.option_);
  return *this;
}

Option Option::excludes(Option other) const {
  option_->excludes(other.option_);
  return *this;
}

Option Option::check(std::string (*problem)(const std::string& text, std::optional<double> number),
                     const char* shown) const {
  option_->check(CLI::Validator(
      [problem](const std::string& text) {
        double number = 0;
        const bool is_number = CLI::detail::lexical_cast(text, number);
        return problem(text, is_number ? std::optional(number) : std::nullopt);
      },
      shown));
  return *this;
}

Option OptionSet::add(const char* names, std::string& value, const char* help) {
  return Option(app_->add_option(names, value, help));
}

Option OptionSet::add(const char* names, std::vector<std::string>& values, const char* help) {
  return Option(app_->add_option(names, values, help));
}

Option OptionSet::add(const char* names, std::vector<int>& values, const char* help) {
  return Option(app_->add_option(names, values, help));
}

Option OptionSet::add(const char* names, int& value, const char* help) {
  return Option(app_->add_option(names, value, help));
}

Option OptionSet::add(const char* names, std::int64_t& value, const char* help) {
  return Option(app_->add_option(names, value, help));
}

Option OptionSet::add(const char* names, std::uint64_t& value, const char* help) {
  return Option(app_->add_option(names, value, help));
}

Option OptionSet::add(const char* names, double& value, const char* help) {
  return Option(app_->add_option(names, value, help));
}

Option OptionSet::add(const char* names, std::optional<int>& value, const char* help) {
  return Option(app_->add_option(names, value, help));
}

Option OptionSet::add(const char* names, std::optional<double>& value, const char* help) {
  return Option(app_->add_option(names, value, help));
}

void OptionSet::flag(const char* names, bool& value, const char* help) { app_->add_flag(names, value, help); }

void OptionSet::either(const char* yes, const char* no, std::optional<bool>& value, const char* help) {
  app_->add_flag_callback(
      yes, [&value] { value = true; }, help);
  app_->add_flag_callback(
      no, [&value] { value = false; }, "The opposite");
}

OptionParser::OptionParser(const char* program, const char* help)
    : app_(std::make_unique<CLI::App>(help, program)) {
  app_->require_subcommand(0, 1);
  app_->set_help_all_flag("--help-all", "Help of all commands");
}

OptionParser::~OptionParser() = default;

OptionSet OptionParser::program_options() { return OptionSet(app_.get()); }

OptionSet OptionParser::add_command(const char* name, const char* help) {
  return OptionSet(app_->add_subcommand(name, help));
}

ParsedWords OptionParser::parse(std::vector<std::string> words) {
  using Outcome = ParsedWords::Outcome;
  std::reverse(words.begin(), words.end());  // CLI11 takes the vector from its end
  Outcome outcome = Outcome::command;
  std::string wrong;
  try {
    app_->parse(std::move(words));
  } catch (const CLI::CallForHelp&) {
    outcome = Outcome::help;
  } catch (const CLI::CallForAllHelp&) {
    return {Outcome::help, "", app_->help("", CLI::AppFormatMode::All), {}};
  } catch (const CLI::ExtrasError&) {
    outcome = Outcome::unexpected;
  } catch (const CLI::ParseError& error) {
    return {Outcome::wrong, "", error.what(), {}};
  }
  const std::vector<CLI::App*> used = app_->get_subcommands();
  const CLI::App& where = used.empty() ? *app_ : *used.front();
  ParsedWords parsed{outcome, used.empty() ? "" : where.get_name(), "", {}};
  if (outcome == Outcome::help) {
    parsed.text = used.empty() ? app_->help() : where.help("", CLI::AppFormatMode::Sub);
  } else if (outcome == Outcome::unexpected) {
    const std::vector<std::string> extras = app_->remaining(true);
    if (!extras.empty()) parsed.text = extras.front();
    parsed.known = long_flags(where);
  }
  return parsed;
}

std::string OptionParser::help() const { return app_->help(); }

}  // namespace reckon::harness
