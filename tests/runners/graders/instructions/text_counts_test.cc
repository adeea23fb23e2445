// Counts of the reference programs (IFEval's regular expressions, NLTK 3.9.1, langdetect 1.0.9) for texts with what is
// hard for them.

#include "runners/graders/instructions/text_counts.h"

#include <gtest/gtest.h>

#include "runners/graders/instructions/capital_words.h"
#include "runners/graders/instructions/language.h"
#include "runners/graders/instructions/letters.h"
#include "runners/graders/instructions/sentences.h"

namespace assay::instructions {
namespace {

TEST(CountSentences, IsPunkts) {
  const std::pair<const char*, int> cases[] = {
      {"One. Two! Three?", 3},
      {"One.Two", 1},
      {"Mr. and Mrs. Smith saw Dr. Jones.", 1},
      {"He lives in the U.S. He likes it.", 2},
      {"He lives in the U.S. now.", 1},
      {"At 5 p.m. Monday it rained.", 1},
      {"At 5 p.m. we left.", 1},
      {"J. R. R. Tolkien wrote it. J. Bach did not.", 2},
      {"See fig. 3. It shows much.", 3},
      {"1. First\n2. Second\n3. Third", 4},
      {"1. the first 2. the second", 1},
      {"Wait... What?", 1},
      {"Wait... what?", 1},
      {"Well . . . yes. No.", 5},
      {"He said \"Stop!\" and left.", 2},
      {"He said \"Stop.\" He left.", 2},
      {"(One.) (Two.)", 2},
      {"“Who?” he asked. “Me.” “You?”", 2},
      {"'Who?' she asked. 'Me.'", 3},
      {"Really?! Yes!!! No...", 3},
      {"Version 2.0 is out. It is 3.5 times as fast.", 2},
      {"e.g. this and i.e. that. Etc. Then.", 5},
      {"A. The first answer. B. The second one.", 4},
      {"Ends without", 1},
      {"Ends with blank.  \n\n", 1},
      {"One.\n\nTwo.\n\n***\n\nThree.", 3},
      {"Visit www.example.com. Now.", 2},
      {"No.5 is alive. No. 5 too.", 3},
      {"Inc. and Co. So it went.", 2},
      {"[One.] {Two.} Three.", 3},
      {"Yes.-- No.", 1},
      {"日本語。です。 Yes. 日本.", 2},
      {"One. Two.", 2},
      {"*One.* **Two.** _Three._", 3},
      {"a.b.c. d.e.f. g", 3},
  };
  for (const auto& [text, count] : cases) EXPECT_EQ(CountSentences(text), count) << text;
}

TEST(CountCapitalWords, IsTheTreebanks) {
  const std::pair<const char*, int> cases[] = {
      {"ALL CAPS HERE", 3},
      {"DON'T STOP", 3},
      {"JOHN'S DOGS' BONES", 4},
      {"CANNOT CAN-NOT", 3},
      {"I'M A B.B.C. MAN", 5},
      {"O'NEILL O'K", 3},
      {"THE “QUOTED” WORD", 3},
      {"A,B C, D", 4},
      {"3:4 X:Y", 2},
      {"A1 1A 11", 2},
      {"ÉCOLE ß", 1},
      {"x.Y X.Y", 1},
      {"(A) [B] {C}", 3},
      {"A--B A-B A---B", 5},
      {"GONNA wanna GOTTA", 4},
      {" 'TIS I", 3},
      {"A/B", 1},
      {"#TAG @ME $US", 3},
      {"ok OK Ok", 1},
      {"HELLO!!! WORLD?", 2},
  };
  for (const auto& [text, count] : cases) EXPECT_EQ(CountCapitalWords(text), count) << text;
}

TEST(CountWords, IsPythons) {
  const std::pair<const char*, int> cases[] = {
      {"well-known", 2}, {"don't", 2},      {"a_b", 1},   {"3.14", 2}, {"it’s", 2},   {"मैं हूँ", 2},
      {"日本語", 1},     {"naïve café", 2}, {"½ Ⅳ ²", 3}, {"  ", 0},   {"-- ...", 0}, {"E-mail: a.b@c.de", 6},
  };
  for (const auto& [text, count] : cases) EXPECT_EQ(CountWords(text), count) << text;
}

TEST(CountBullets, IsIfEvals) {
  const std::pair<const char*, int> cases[] = {
      {"* a\n* b", 2},   {"- a\n-b\n--- \n-", 4}, {"** a\n* b", 1}, {"*\n* a", 1}, {"\n\n  * a\n\n\n- b", 2},
      {"1. a\n2. b", 0}, {"*a* b\n *c", 2},       {"* ", 1},        {"*", 0},      {"a\n*b", 1},
  };
  for (const auto& [text, count] : cases) EXPECT_EQ(CountBullets(text), count) << text;
}

TEST(CountHighlights, IsIfEvals) {
  const std::pair<const char*, int> cases[] = {
      {"**a**", 1}, {"*a* *b*", 2}, {"** a **", 1}, {"***a***", 2},        {"*a\nb*", 0},
      {"****", 0},  {"* *", 0},     {"*a** b*", 2}, {"**a** *b*\n**c", 2}, {"*a*b*c*", 2},
  };
  for (const auto& [text, count] : cases) EXPECT_EQ(CountHighlights(text), count) << text;
}

TEST(IdentifyLanguage, IsLangdetects) {
  const std::pair<const char*, const char*> cases[] = {
      {"The quick brown fox jumps over the lazy dog and runs away into the forest.", "en"},
      {"Le renard brun saute par-dessus le chien paresseux et s'enfuit dans la forêt.", "fr"},
      {"El zorro marrón salta sobre el perro perezoso y huye hacia el bosque.", "es"},
      {"Der Fuchs springt über den Hund und läuft in den Wald hinein.", "de"},
      {"La volpe salta sopra il cane pigro e scappa nella foresta.", "it"},
      {"A raposa salta sobre o cão preguiçoso e foge para a floresta.", "pt"},
      {"Лисица перепрыгивает через ленивую собаку и убегает в лес.", "ru"},
      {"Лисиця перестрибує через ледачого собаку і тікає до лісу.", "uk"},
      {"Лисицата прескача мързеливото куче и бяга в гората.", "bg"},
      {"狐は怠け者の犬を飛び越えて森へ逃げる。", "ja"},
      {"여우는 게으른 개를 뛰어넘어 숲으로 달아난다.", "ko"},
      {"लोमड़ी आलसी कुत्ते के ऊपर से कूदती है और जंगल में भाग जाती है।", "hi"},
      {"कोल्हा आळशी कुत्र्यावरून उडी मारतो आणि जंगलात पळून जातो.", "mr"},
      {"الثعلب يقفز فوق الكلب الكسول ويهرب إلى الغابة.", "ar"},
      {"روباه از روی سگ تنبل می‌پرد و به جنگل فرار می‌کند.", "fa"},
      {"லோமரி சோம்பேறி நாயின் மீது குதித்து காட்டுக்குள் ஓடுகிறது.", "ta"},
      {"สุนัขจิ้งจอกกระโดดข้ามสุนัขขี้เกียจและวิ่งเข้าไปในป่า", "th"},
      {"Con cáo nhảy qua con chó lười biếng và chạy vào rừng.", "vi"},
      {"Con cáo nhảy qua con chó lười biếng.", "vi"},
      {"Mbweha anaruka juu ya mbwa mvivu na kukimbilia msituni.", "sw"},
      {"Kettu hyppää laiskan koiran yli ja juoksee metsään.", "fi"},
      {"Lis przeskakuje nad leniwym psem i ucieka do lasu.", "pl"},
      {"השועל קופץ מעל הכלב העצלן ובורח ליער.", "he"},
      {"ONE OF THE BEST THINGS ABOUT THIS IS THAT IT WORKS FOR THE REST OF US.", "en"},
      {"12345 !!!", "none"},
      {"🌍 🎉", "none"},
  };
  for (const auto& [text, language] : cases) EXPECT_EQ(IdentifyLanguage(text).value_or("none"), language) << text;
}

TEST(IdentifyLanguage, ReadsNoAddressesAndFewLatinWords) {
  EXPECT_EQ(
      IdentifyLanguage("see https://example.com/die/beste/seite/der/welt or write to die.beste.seite@example.com"),
      "en");
  EXPECT_EQ(IdentifyLanguage("https://www.example.com/the/best/page"), std::nullopt);
  EXPECT_EQ(IdentifyLanguage("это слово есть в словаре Oxford University Press"), "ru");
}

}  // namespace
}  // namespace assay::instructions
