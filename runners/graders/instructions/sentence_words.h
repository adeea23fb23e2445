#pragma once
// What a splitter of English sentences knows of words. Only for sentences.cc.

#include <string_view>

namespace assay::instructions {

// Without their last period.
constexpr std::string_view kAbbreviations =
    "a.a a.c a.d a.g a.h a.m a.m.e a.s a.t adm ala ariz aug ave b.f b.v bros c c.i.t c.o.m.b c.v calif chg cie co "
    "col colo conn corp cos ct d d.c d.h d.w dec dr e e.f e.h e.l e.m f f.g f.j feb fla fri ft g g.d g.f g.k ga "
    "gen h h.c h.f h.m i.m.s ill inc j.b j.c j.j j.k j.p j.r jan jr k kan ky l l.a l.f l.p lt ltd m m.b.a m.d.c "
    "m.j maj messrs mg mich minn mr mrs ms n n.c n.d n.h n.j n.m n.v n.y nev nov oct ok okla ore p p.a.m p.m pa "
    "ph.d prof r r.a r.h r.i r.j r.k r.t rep reps s s.a s.a.y s.c s.g s.p.a s.s sen sep sept sr st sw t t.j tenn "
    "tues u.k u.n u.s u.s.a u.s.s.r v va vs vt w w.c w.r w.va w.w wash wed wis yr";

// Words that begin a sentence more often than chance has it, so that an abbreviation before one ends its sentence.
constexpr std::string_view kSentenceStarters =
    "according although among both but despite even he however i if in indeed instead it many meanwhile moreover "
    "most nevertheless nonetheless nor sales separately similarly since so some the there these they this though "
    "thus under when while yet";

// Common words that are written with a capital letter at the beginning of a sentence only.
constexpr std::string_view kLowerWords =
    "accurate active adding address addressing adjust advocates afternoon afterward aim allow along always amount "
    "analysis animal answers application apply approach array artificial ask aspect assign assume assuming attend "
    "attention authorities automation available avoiding basil battery beaches beating begin being better between "
    "bicycle birds bonus bread break brilliant broccoli calculate call camera camping car carbon cause challenges "
    "check cheese choice choose cleaning climate cloud combine compare complete conclusion conduct consider "
    "consistency consult contact contain context convert cooking correct correctly cost course cows crack create "
    "creating crossing crystal cultural currently customer cutting date declare deep default define definition "
    "dependency depending deployment describe description designed detail detailed determine develop die "
    "different discuss discussion display distance dividing does dogs double drama draw drawing dress elaborate "
    "elephant eliminate embrace employee enable encourage encouraging engage engaging enhanced enjoy ensure enter "
    "environment establish ethical evaluate eventually evidence example examples exclude exercise existence "
    "experience expert experts explain explanation explore exposure expression extreme facing fake features "
    "feedback feeling feet file fill final finally finish fitness follow followed following follows format "
    "forward fruits fumbling furthermore gaining generate gift given going grab hang happy healthy heavy height "
    "helpful hence her here highlight hiking him hitting hold hour hours humans hundreds identified imagine "
    "immediately implement implementing import importance important improved improving include including "
    "incorporate incorporating incorrect increased independence influence input inside install instead integrated "
    "integration interpretation into introducing invest journey judges kids kitchen known lack language laptop le "
    "learn length letters lion list listen locate location looking losing maintain manage mathematically "
    "measuring meditation mention menu methodology miles milestone milk minimize mold moon moreover motivation "
    "multiple multiply nature need needed needs negative neither nevertheless non nonetheless normally note "
    "number numbers objectives obtain optional otherwise overall parks participants pass passengers passing per "
    "perfect perform performance person personal photography physical plastic play player playing please plot "
    "points political positive potential pounds practice prepare priority pro problem process product professor "
    "program programming provide provided provides psychological psychologists publisher put question questions "
    "range rating received recently recommendation recommendations reflect refrain regardless regular regularly "
    "relevant remember remote remove replace researchers residents respond response result results reverse "
    "reviews right round safe same score scoring script se seeing select sentence separate separated serve "
    "setting seven shift shooting sight significance significant similarly simple simply single size skills "
    "slowly smoke so solar solution solutions solve sometimes soon sort speaking specific specifically spend "
    "spoiler spread started starting step still structure such suddenly supported supporting suppose survival "
    "sustainable swimming taking task teacher team technological testing text thank thanks them themes therefore "
    "think though through throughout throwing thus title together tourists traditional train treatment triple "
    "true try turn type typical ultimately understand unexpectedly unfortunately unique unlike upon us user uses "
    "using valid values various ve vegetable very virtual visitors visual walking watching weight welcome were "
    "whereas whether which within without witnesses words working writing yes yesterday yet your";

// Common words that are also part of names and titles.
constexpr std::string_view kMixedWords =
    "a about access according action add additional admiral advanced after again age agriculture air all also "
    "although am among an and another answer any are area around art as assistant at attorney average avoid b "
    "back background based battle bay be bear beautiful because been before below best big bill black blue book "
    "born both brief bring budget building business but by c can capital case certain change changes children "
    "city class clean clear clearly close code coffee color come commercial common community company complex "
    "comprehensive computer consumers continue control could count critical current customers cut d data day days "
    "de despite development did digital do doctors dog don down dreams drive due during each earth economic "
    "education en end energy environmental even evening every everyone everything expected face factors false "
    "family feel financial find fire first fiscal five focus food for forest form found four fox fresh friends "
    "from function future game games generally genetic get getting give go goal gold gone good got gradually "
    "great group had half hand hard has have having he head health heart heat held help high higher his history "
    "home house how however human hunter ice identify if impact in information international introduce "
    "introduction is it its jazz job join journal just keep key king know knowing lady land last later learning "
    "left less let letter level life light like limit line little local long look loss love lower machine made "
    "magic main make makes making man many mark marketing may maybe me means meanwhile meat medical might minutes "
    "miss model modern monetary money monitor month more most mount move much music must my name national natural "
    "network networking never new next night no nobody north not now of off offer often old on once one only open "
    "options or order other others our out output over own paper parents part pay penalty people perhaps picture "
    "place plan planning plant players plus point police portable possible post power price pricing print "
    "production progress project providing public purpose quality random rate re reach read reading ready real "
    "reason record red reduce reference research return review ring risks rock role route running s safety said "
    "salt save say scientists screen sea search second see seek service set share she shoe short should show sign "
    "since sir six sleeping slightly small smart social soft some south space split start state states "
    "statistical stay steps sterling stop store story strategies strong student students subject summary sun "
    "support sure sweet system table take takes talk talking teamwork technology tell tennis test than that the "
    "their then there these they third this those three tickets time times to today too tools top total trade "
    "training transportation travel tree trust turkey two types under understanding united university until up "
    "upgrade urban use used users value van visit wake want was watch water way we week well west western what "
    "wheel when where while white who why will wind winter with word work world would write year years you young "
    "z";

// Words that belong to the number with a period before them.
constexpr std::string_view kAfterNumbers =
    "abreast aes business cbot colgate commodities cooper corrections credit dividend financing genentech henley "
    "insider international leisure letters notable pay-fone pegasus pepper review rj wedgestone who zimmer";

}  // namespace assay::instructions
