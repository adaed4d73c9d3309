//! Words that anybody uses in any question, in the languages that are understood.
//!
//! That a documentation lacks one of them says nothing about what it covers; a name that it lacks says much.

use std::collections::HashSet;

use crate::{
    fold_letters::folded,
    words::{Words, is_unspaced_word},
};

/// Compared without accents; English by its stem, the others as they are written or, with a star, by their
/// beginning.
#[derive(Debug)]
pub(crate) struct Everyday {
    stems: HashSet<String>,
    words: HashSet<&'static str>,
    beginnings: Vec<&'static str>,
    function_words: HashSet<&'static str>,
}

impl Everyday {
    pub(crate) fn new(words: &Words) -> Self {
        let (mut whole, mut beginnings) = (HashSet::new(), Vec::new());
        for word in OTHERS.split_whitespace() {
            match word.strip_suffix('*') {
                Some(beginning) => beginnings.push(beginning),
                None => {
                    whole.insert(word);
                }
            }
        }
        beginnings.sort_unstable();
        Self {
            stems: ENGLISH
                .split_whitespace()
                .map(|word| words.stem(word))
                .collect(),
            words: whole,
            beginnings,
            function_words: FUNCTION_WORDS.split_whitespace().collect(),
        }
    }

    /// Whether a token, in lower case and without accents, is such a word in English.
    pub(crate) fn is_english(&self, token: &str, words: &Words) -> bool {
        self.has_stem(&words.stem(token))
    }

    pub(crate) fn has_stem(&self, stem: &str) -> bool {
        self.stems.contains(stem)
    }

    /// The same for the other languages.
    pub(crate) fn is_other(&self, token: &str) -> bool {
        self.words.contains(token)
            || self.function_words.contains(token)
            || self
                .beginnings
                .iter()
                .any(|beginning| token.starts_with(beginning))
    }

    /// An article, a pronoun or a preposition of another language.
    pub(crate) fn is_function_word(&self, token: &str) -> bool {
        self.function_words.contains(token)
    }

    /// Whether a question is in another language than English: it has a word that only those have.
    pub(crate) fn is_foreign(&self, question: &str) -> bool {
        let plain = folded(question);
        if is_unspaced_word(&plain) {
            return true;
        }
        let mut words = 0;
        // English is written without accents.
        let mut foreign = question
            .split_whitespace()
            .filter(|word| word.chars().any(is_accented))
            .count();
        for token in plain.split(|c: char| !c.is_alphanumeric()) {
            // What an apostrophe cuts off is no word of its own.
            words += usize::from(token.len() > 1);
            foreign += usize::from(self.function_words.contains(token));
        }
        foreign >= 2 || foreign == 1 && words <= 7
    }
}

/// Letters of Western European languages beyond ASCII.
fn is_accented(c: char) -> bool {
    matches!(c, 'À'..='Ö' | 'Ø'..='ö' | 'ø'..='ÿ' | 'Œ' | 'œ')
}

/// English: what is done, felt, counted; people, time, places.
const ENGLISH: &str = "
    able absolutely accept accident accidentally across actual actually advice afraid afterwards ago agree ahead alike alone
    along already alright although always among amount annoying another answer anybody anymore anyone anything anyway anywhere
    apart apparently appear appreciate around ask asked asking asleep attempt average avoid aware away awful
    back bad badly basically became become began begin beginner behave behaviour behavior being believe belong below beside
    besides best better between beyond big bit black blame blue body boss both bought brand brave break bring brings broke broken
    brother brought build building built bunch burn burnt busy buy bye
    call called came cannot cant care careful carefully case catch caught cause certain certainly chance cheap cheaper cheapest
    choose chose chosen clean clear clearly clever close closing closed coffee cold colleague color colour come comes
    coming common company compare complain complete completely concern confused confusing consider constantly correct correctly
    cost couple course crazy create curious customer cut
    dad daily damn dare dark day days dead deal dear decide deep definitely depend desk despite die died differ difference different
    differently difficult dirty disappear dislike dont done door double doubt dozen dumb during
    earlier early ease easier easiest easily easy eat effort eight either electrician electricity eleven else email empty end ends
    enough entire entirely especially even evening ever every everybody everyone everything everywhere exact exactly
    example excellent except exchange exist expect expensive experience explain explanation extra eye
    face fact fail fails fair fall fallen false family far fast faster fat father favourite favorite fear feel feels fell felt few fifth
    fifty figure figured final finally find fine finger finish finished first fit five fix fixed folk follow foot forbid force
    forever forget forgot forgotten forward found four fourth free freeze fresh friday friend front full fully fun funny further
    future gave generally gets getting girl given gives giving glad goes going gone good got gotten grandfather great green grew ground
    grow guess guide guy guys
    half hand handle happen happened happens happy hard hardly hate hated head hear heard heavy held hello help hence her hers
    herself hey hi high higher him himself his hit hold holiday home honest hope hopefully horrible hot hour hours house however
    huge human hundred hungry hurry hurt husband
    idea ideal ideally ignore imagine immediately important impossible improve inside instant interested interesting
    issue itself
    job joined june july january february march april may august september october november december
    keep keeps kept key kid kill kind knew know known knows
    lack land large larger largest last late lately later latest laugh lazy lead learn least leave leaves leaving left legal less
    letter level lid lie life light liked likely line little live lives living long longer look looked looking looks loose lose
    lost lot lots loud loudly love low lower luck lucky lunch
    mad made magic main mainly making man manner manual married matter maybe mean meaning means meant meanwhile meet men mention
    mess met middle midnight million mind mine minimal minute minutes miss missing mistake moment monday money month months mood
    morning most mostly mother mouth move much mum myself mystery
    naive name named namely near nearby nearly necessary needed needs neither never nevertheless new newbie newer news next nice night
    nine nobody none noon nope nor normal normally nothing notice noticing nowhere number
    obvious obviously occur odd offer office often ok okay old older oldest one ones oops open opinion opposite order ordinary
    otherwise ought ourselves outcome outside over own
    page paid pain painful panic paper part particular partly party past pay paying people per percent perfect perfectly perhaps
    person photo pick piece pity place plan plain play please pls plenty plus point pointless polite poor popular possible possibly
    possibility practice prefer preferably pretty prevent previous previously price probably problem promise proper properly
    proud prove public pull purpose push put
    quarter question quick quickly quiet quietly quite
    ran random rare rarely rather reach read ready real realise realize really reason reasonable recall recent recently recommend
    red refuse regard regret relax relevant remain remember remind repeat reply report require respect rest result return rid right
    rise risk road room rough roughly round rule run running
    sad safe safely said sake same saturday saved saw saying says scared school screen second secret secretly seem seems seen self
    sell send sense sensible sent serious seriously seven several shall shame shape she short shorter shortly should shout show
    shown shows shut sick side sign silly similar similarly simple simply since single sir sister sit sits sitting situation six
    size sleep slight slightly slow slower slowly small smaller smart smile smooth smoothly somebody somehow someone something
    sometime sometimes somewhat somewhere son soon sooner sorry sort sound speak special specific speed spend spent spot stand
    start started starting state stay stays step still stood stop story straight strange stranger street strong student stuck
    stuff stupid sub subfolder succeed success suck sudden suddenly suggest suggestion suit summer sunday sure surely surprise
    surprised survive survives
    table take taken takes taking talk tall task taught teach teacher team tell tend terrible terribly tests thank thanks thats theirs
    themselves therefore thick thin thinking third thirty though thought thousand three through throw thursday thus till time
    times tiny tip tired today together told tomorrow tonight took top total totally touch toward towards town treat trick tricky
    tried tries trouble true truly trust truth trying tuesday turn turned twelve twenty twice two type typical typically
    ugly ultimately unable unclear understand understood unexpected unfortunately unhappy unlike unlikely until unusual upon
    upset urgent useful useless user uses using usual usually
    various version versus very view visit vs
    wait waiting wake walk wall wanna wanted wants warm waste watch water way ways weak wear wednesday week weekend weekly weeks
    weird well went whatever whats whenever whereas wherever whether whichever whoever whole whom whose wide wife wild willing win
    window winner wins winter wise wish within woman women wonder wonderful wont word words worked working works world worried
    worry worse worst worth wow write writes writing written wrong wrote
    yeah year yearly years yes yesterday yet young yours yourself zero
    appliance attic basement box cabinet notebook laptop workstation desktop plug room rack shelf dongle
    sluggish enumerate distinction preset launch halt alter display locate relocate hang broke login secret frequently
    accidental hyperconverged heartbeat chmod chown subfolders folder wording discouraged
    cheers advance regards greetings bother sorry tia appreciated
    under onto not non behind among amid per plus minus upon within underneath
    incl excl approx etc eg ie asap btw imho afaik fyi
    didnt doesnt isnt wasnt arent werent havent hasnt hadnt wouldnt couldnt shouldnt im ive id youre theyre theres
";

/// Articles, pronouns, prepositions of German, French and Spanish that are no English words.
const FUNCTION_WORDS: &str = "
    aber als auch auf aus bei beim bis bitte da damit dann das dass dem den der des dich dir doch durch ein eine einem
    einen einer eines er es fur gegen gibt habe haben hatte ich ihm ihn ihr im ist ja jede jeden jeder kann kein keine keinen
    konnen lasst mehr mein meine meinem meinen meiner mich mir mit muss mussen nach nicht nichts noch nun nur ob oder ohne schon
    sehr sein seine sich sie sind soll sollen sollte uber um und uns unser unsere unter viel viele vom von vor wann warum wegen
    weil welche welchem welchen welcher welches wenn wer werden wie wieder wieso wieviel wird wo wofur woher worauf wurde zu zum zur
    zwischen
    bist dein deine deinem deinen deiner deshalb dies diese diesem diesen dieser dieses du eigentlich euer eure falls gar
    hatten ihnen ihre ihrem ihren ihrer ins kannst konnte konnten konntest machst mochte mochten musst obwohl sobald solange
    sowie trotzdem wart weiss willst wodurch womit worin wozu wurden wurdest hallo danke moin servus
    ai aux avec ce cela celle ces cet cette chaque comme comment dans de depuis des donc dont elle elles en entre est et
    etre eu faire faut il ils j je la le les leur lui ma mais mon ne nos notre nous ou par pas peut peuvent pour pourquoi puis
    qu quand que quel quelle quelles quels qui quoi sa ses si sont sous sur ta tes ton tous tout toute toutes tres un une
    vers vos votre vous
    au aucun aucune avez avons ca celles celui ceux chez dois du etes etait eux jusqu l leurs lorsque mes ont parce peux
    pourrais pouvez quelqu sommes suis tandis veux voici bonjour merci svp salut
    algo ante aqui asi aunque cada como con cual cuales cuando cuanto cuanta cuantos cuantas de del desde donde el ella ellos en
    entonces entre era es esa ese eso esta este esto estan estoy fue hace hacer hacia hasta la las le les lo los mas mis
    muy nada ni nos o otra otro para pero por porque pues puede pueden puedo que quien sin sobre soy su sus tambien tengo tiene
    tienen tras tu un una uno unos y ya yo
    al alguna algunos cualquier cuyo debe debo eres esas esos estas fueron han hay hola gracias muchas mucho nuestra nuestro
    pueda puedes podria podrias podemos quiero quiere quisiera sea sean somos son tenemos tienes unas vuestro
";

/// Common words of German, French and Spanish, beyond what the glossary explains.
const OTHERS: &str = "
    abend* abstand alle allein allen alles alt alte alten alter altes anderen andere anderer anderes anfang anlegen ansehen arbeit*
    art aufgab* aufrufen ausgabe auswahl* auswirk* automatisch baut bekomm* benotig* benutz* bereits besser* bestehend* bestimmt*
    betrieb* bild bind* blieb* bleibt brauch* bring* danach daran darauf darf dauer* dazwischen dauerhaft* davon dazu deaktivier* dienst
    dienstag direkt* donnerstag dort drei durchfuhr* durf* eigen* einfach* einig* eingeb* einricht* einschalt* einstell* eintrag* einzeln*
    ende entfern* erhoh* erklar* erlaub* ersetz* erst* erstell* erneut euch etwas fall falls fast fehl* finden finde freitag fuhr* funktionier* funf
    ganz* gebe geben gehen geht gemeinsam* genau* genug gerade gern* gesamt* gesehen gestern gewunscht* gleich* gross* gut gute guten halt*
    halfte heiss* heute hier hilf* hinter hinzu* hoch hohe holen immer inner* irgend* jahr* jedoch jemand* jetzt kaputt* kauf* kennt klein*
    klapp* komm* kommt kost* kurz* lang* lass* lauf* leer* leg* leider leicht* letzt* liegt lieber liste listen lohnt los losch* mach* mal manch*
    manuell* maximal mensch* merk* minute* mittwoch moglich* monat* montag morgen* nachst* nachteil* nacht* nahm* name namen neben nehm* nenn*
    neu neue neuen neuer neues nie niemand* nimmt nochmal normal* notig* nutz* oben oft passier* passt passend* plan* platz plotzlich prufen
    pruft punkt* recht* reich* richt* richtig* rund sag* samstag sauber* schaff* schalt* schlecht* schnell* schreib* sehen seit* seite selbst* setz* sicher*
    sicherheits* sinn* sofort sonntag sonst* speziell* spat* standort* statt steht stell* stunde* such* tag tage tagen tags tat* teil* trag* trotz* tun tut typ typen
    uberhaupt ubernehm* uhr umgeh* unbedingt ungefahr unten unterschied* verbind* verbrauch* verfugbar* vergleich* verhalt* verhinder* verlier* versch* versteh* versuch*
    verwend* vielleicht vier voll* vorhanden* vorher* vorteil* wahl* wahr* ware warte* wechsel* weg weit* wenig* wert* wichtig* wirk* wirst woche* woll* will wollen
    frag* antwort* problem* herzlich* grusse vorab
    worte wunsch* zahl* zehn zeig* zeit* zeitplan* ziel* zurzeit zusammen* zusatz* zuruck* zustand* zuverlassig* zwei zweit* zwolf
    acced* accept* actuel* afin ainsi ajout* aller alors annee* aprem apres arret* assez aucun* aujourd* auss* autant automatiquement autre* avant
    avoir beaucoup besoin* bien bon bonne* bout but cas car cause cel* chang* choi* cinq* coin* combien commande* concern* connaitre connexion* contenu
    contre corrig* cote* cours court* creer cree* debut* deja demand* demain dernier* desactiv* deux devoir devr* differen* dire dispon* doit
    doivent donn* droit* duree ecri* effet egal* encore enfin ensuite erreur* essa* etai* etape* exempl* exist* expli* facil* facon fai* falloir
    fin fois font fonction* form* garder general* grand* gros* heur* hier ici import* indiqu* install* interdi* jamais jour* juste laiss* lequel
    lieu lign* limit* lors* maintenant manier* manqu* marche* meilleur* meme* mett* minim* mieux mise mode modif* moins mois moment*
    mot* moyen* necessair* nomm* normalement nouve* nuit obten* ordre oubli* ouvr* parfois part partir pas passer* pend* perd* permet* personn* petit* peu
    plus plusieurs plutot possib* pouvoir premi* prend* pres presque probleme* propre* quelqu* question* rapide* rapport recev* redui* refus* regl*
    remettr* repon* rest* resultat* reuss* rien saisir sait savoir second* semain* semble sert seul* seulement signifi* soit solution* sort* souvent suffi*
    suite suiv* supprim* sur* tard tel* temps toujours tourn* travail* trois trop trouv* type* uniquement util* valeur* vais valable veu* verifi* vien* vite voi* voir
    voudr* vrai* vue
    abaj* abrir acab* actual* adem* ademas ahora algun* alguien alguna alla alli alto alta ambos antes anade* anadir aparec* apenas aprend* aqui
    arriba aun ayud* bajo bastante bien borr* buen* busc* cambi* camino cant* casi caso causa cerca cerr* ciert* cinco claro coloc* comando*
    comenz* comienz* compart* complet* compr* configur* conoc* conseg* consigo contra correct* cosa* crear crea creo cuatro cuenta* da dan dar dato* deb*
    decir defecto deja* demas demasiado dentro despues dia dias dic* diez difer* dificil directo donde dos dura* ejempl* elegir elig* elimin* empez*
    empiez* encontr* encuentr* error* escrib* esper* estado* exist* explic* facil* falta falla* favor fin form* fuera funcion* general* gener* gracias grand*
    guard* gusta* hago haga hecho hora* hoy igual import* incluy* indic* inici* instal* intent* interna interno jamas junto lad* lento lim*
    list* llam* lleg* luego lugar mal man* mantener maxim* mayor mejor* menor menos mes meses mientras minim* mism* modo mostr* much* muestr* necesari* necesit*
    ningun* noche nombre* normal* nueve nuev* nunca obten* ocho ocurr* olvid* orden otra* pas* peor pequen* perd* permit* poc* poder podr*
    pon* posib* pregunt* present* primer* principal* problem* pronto propi* prueb* quiero quiere quit* rapid* realiz* recib* recomend* respuest* resul*
    saber sab* sali* segun segund* segur* seis semana* sepa ser sera si siempre siete siguient* simpl* sino sirv* situac* sol* solo tal tamano* tampoco tan tant*
    tard* tener tercer* termin* tiempo tip* toda* todo* tom* trabaj* tres ultim* usar uso usa util* va valor* vamos varios vece* veinte venir ver
    verdad* verific* vez viej* vist* volv* vuelv*
";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn everyday_words_are_written_as_tokens_are_compared() {
        for word in [ENGLISH, OTHERS, FUNCTION_WORDS]
            .iter()
            .flat_map(|list| list.split_whitespace())
        {
            let bare = word.trim_end_matches('*');
            assert!(bare.bytes().all(|c| c.is_ascii_lowercase()), "{word}");
            assert!(bare == word || bare.len() >= 3, "{word} is short");
        }
    }

    #[test]
    fn a_form_of_an_everyday_word_is_one_and_a_name_is_none() {
        let words = Words::default();
        let everyday = Everyday::new(&words);
        for word in ["colleagues", "noticed", "gone"] {
            assert!(everyday.is_english(word, &words), "{word}");
        }
        for word in ["braucht", "standorte", "quelles", "puedo"] {
            assert!(everyday.is_other(word), "{word}");
        }
        for word in ["snapshot", "gasket", "acme", "corosync"] {
            assert!(!everyday.is_english(word, &words), "{word}");
            assert!(!everyday.is_other(word), "{word}");
        }
    }

    #[test]
    fn the_language_is_told_by_its_small_words() {
        let everyday = Everyday::new(&Words::default());
        assert!(everyday.is_foreign("wie verschiebe ich eine VM"));
        assert!(everyday.is_foreign("¿cómo muevo una VM?"));
        assert!(everyday.is_foreign("déplacer une VM"));
        assert!(!everyday.is_foreign("how do I move a VM to another node as root"));
    }
}
