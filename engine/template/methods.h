#pragma once
// Methods of str, dict and list that do not change them.

#include <string_view>

#include "engine/template/access.h"

namespace reckon::engine::jinja {

Method find_text_method(std::string_view name);
/// Methods that would change a dict or list are there, too: they fail, as in transformers' sandbox.
Method find_dict_method(std::string_view name);
Method find_list_method(const List& list, std::string_view name);

}  // namespace reckon::engine::jinja
