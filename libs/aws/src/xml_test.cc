#include "thimble/aws/xml.h"

#include <gtest/gtest.h>

namespace thimble::aws {
namespace {

TEST(Xml, FindsATextByTheEndOfItsWay) {
  const std::string_view xml =
      "<?xml version=\"1.0\"?>\n<!-- <Code>no</Code> -->"
      "<r:Response xmlns:r='urn:x>y'><Code>outer</Code><r:Error a=\"/>\"><Empty/><Code>\n inner "
      "</Code></r:Error></r:Response>";
  EXPECT_EQ(xml_text(xml, {"Error", "Code"}), "inner");
  EXPECT_EQ(xml_text(xml, {"Code"}), "outer");
  EXPECT_EQ(xml_text(xml, {"Response", "Error", "Empty"}), "");
  EXPECT_EQ(xml_text(xml, {"Error"}), "inner");
  EXPECT_EQ(xml_text(xml, {"Message"}), std::nullopt);
  EXPECT_EQ(xml_text(xml, {"Response", "Error", "Response", "Code"}), std::nullopt);
}

TEST(Xml, DecodesEntitiesAndCdata) {
  EXPECT_EQ(xml_text("<a>&lt;&gt;&amp;&quot;&apos;&#65;&#xFC;&#x65e5;&#x1F642;</a>", {"a"}),
            "<>&\"'A\xC3\xBC\xE6\x97\xA5\xF0\x9F\x99\x82");
  EXPECT_EQ(xml_text("<a>1<![CDATA[<b>&amp;]]]]>2</a>", {"a"}), "1<b>&amp;]]2");
}

TEST(Xml, IsNothingForWhatIsNoXml) {
  std::string deep;
  for (int i = 0; i < 100; ++i) deep += "<b>";
  for (const std::string& xml :
       {std::string(), std::string("text"), std::string("<a>1"), std::string("<a>1</b>"),
        std::string("<a>&nbsp;</a>"), std::string("<a>&</a>"), std::string("<a>&#0;</a>"),
        std::string("<a>&#xD800;</a>"), std::string("<a>&#x110000;</a>"), std::string("<a>&#;</a>"),
        std::string("<!DOCTYPE a [<!ENTITY x 'y'>]><a>1</a>"), std::string("<a <b>1</a>"),
        std::string("<a>1<!-- </a>"), std::string("<a>1<![CDATA[</a>"), std::string("</a>"),
        std::string("<>1</>"), deep + "<a>1</a>"}) {
    EXPECT_EQ(xml_text(xml, {"a"}), std::nullopt) << xml;
  }
}

}  // namespace
}  // namespace thimble::aws
