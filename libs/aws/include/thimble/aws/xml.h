#pragma once
// Finds single texts in the XML that some of AWS's services answer with.

#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>

namespace thimble::aws {

// The text of the first element that the last names of its way from the root are `path`:
// xml_text(answer, {"Credentials", "AccessKeyId"}). Prefixes of names do not count, entities and
// CDATA are decoded, markup inside of the element is left out. Nothing if there is no such element,
// or if the text is no XML up to its end, has a document type (which AWS never sends), or is deeper
// than 64 elements.
[[nodiscard]] std::optional<std::string> xml_text(std::string_view xml,
                                                  std::initializer_list<std::string_view> path);

}  // namespace thimble::aws
