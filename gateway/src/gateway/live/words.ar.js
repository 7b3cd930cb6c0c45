import { listed, number } from "./words.js";

const RULES = new Intl.PluralRules("ar");

/** A counted thing: one and two are words of their own, the others follow the number. */
function count(value, { one, two, few, many, other }) {
  const form = RULES.select(value);
  if (form === "one") return one;
  if (form === "two") return two;
  return `${number(value)} ${{ zero: other, few, many, other }[form]}`;
}

const readers = (value) => count(value, { one: "قارئ واحد", two: "قارئان", few: "قرّاء", many: "قارئًا", other: "قارئ" });
const days = (value) => count(value, { one: "يوم واحد", two: "يومان", few: "أيام", many: "يومًا", other: "يوم" });
const minutes = (value) => count(value, { one: "دقيقة واحدة", two: "دقيقتان", few: "دقائق", many: "دقيقة", other: "دقيقة" });
const parts = (chapters) => `${chapters.length === 1 ? "الجزء" : "الأجزاء"} ${listed(chapters)}`;

export const arabic = {
  title: "سكينة · نقرأ معًا",
  skip: "إلى محتوى الصفحة",
  otherLanguage: "English",
  toDark: "داكن",
  toLight: "فاتح",
  logOut: "خروج",
  someone: "أحدهم",
  you: "أنت",
  now: "الآن",
  retry: "حاول مجددًا",

  doorTitle: "نقرأ معًا في سكينة",
  doorText: "ثلاثون جزءًا نتقاسمها، ونرى كلَّ جزء ساعةَ يُقرأ.",
  doorInvited: "أنت مدعو إلى ختمة. ادخل لتراها.",
  doorChoice: "هل أنت جديد هنا؟",
  logIn: "دخول",
  register: "حساب جديد",
  fullname: "الاسم",
  email: "البريد الإلكتروني",
  password: "كلمة المرور",
  passwordHint: "ثمانية أحرف على الأقل؛ بضع كلمات يسهل حفظها ويصعب تخمينها.",

  live: "مباشر",
  connecting: "جارٍ الاتصال…",
  again: "جارٍ إعادة الاتصال…",
  offline: "أنت غير متصل. نتابع حين تعود.",
  polling: "نسأل كل بضع ثوانٍ",

  yourKhatmas: "ختماتك",
  noKhatma: "لا ختمة بعد",
  findOpen: "ختمة جديدة أو انضمام",
  findTitle: "ابدأ ختمة أو انضم إلى واحدة",
  beginTitle: "ابدأ ختمة",
  newName: "اسمها",
  newDays: "عدد أيامها",
  newPublic: "يمكن لأي أحد أن يجدها وينضم إليها",
  begin: "ابدأ",
  linkTitle: "انضم برابط",
  link: "الرابط أو رمزه",
  joinByLink: "انضم",
  invited: (name) => `أنت مدعو إلى ${name}.`,
  listed: (name) => `صارت ${name} من ختماتك.`,
  notListed: (name) => `لم تعد ${name} من ختماتك.`,
  renamed: (before, after) => `صار اسم ${before}: ${after}.`,
  nowShown: (name) => `المعروضة الآن: ${name}.`,
  openTitle: "مفتوحة للجميع",
  nothingOpen: "لا توجد الآن ختمة مفتوحة للجميع.",
  join: "انضم",
  joinNamed: (name) => `انضم إلى ${name}`,

  facts: (done, people, left) =>
    `تمّ ${number(done)} من ${number(30)} جزءًا · ${readers(people)} · ${left === 0 ? "اليوم الأخير" : `المتبقّي ${days(left)}`}`,
  complete: "تمّت الختمة. تقبّل الله منكم.",
  progress: (done) => `تمّ ${number(done)} من ${number(30)} جزءًا`,
  boardLabel: "الأجزاء الثلاثون",
  boardHint: "اختر جزءًا لتقرأه. تنقّل بين الأجزاء بمفاتيح الأسهم.",
  legend: "معاني النجوم",
  isOpen: "متاح",
  isHeld: "يقرؤه أحدهم",
  isMine: "لك",
  isDone: "تمّ",
  readers: "القرّاء",
  happenings: "ما يحدث",
  nothingYet: "لا شيء بعد. سيظهر هنا ما يحدث ساعةَ يحدث.",
  invite: "ادعُ برابط",
  inviteText: "أرسل هذا الرابط إلى من تحب. يبقى سبعة أيام.",
  readerParts: (done, held) => `أتمّ ${number(done)} ويقرأ ${number(held)}`,

  part: (chapter) => `الجزء ${number(chapter)}`,
  partOpen: "لا يقرؤه أحد بعد.",
  partHeld: (name) => `القارئ: ${name}.`,
  partMine: "هو لك لتقرأه.",
  partDone: (name) => `أتمّه: ${name}.`,
  partDoneMine: "لقد أتممته.",
  partNote: (text, chapter) => `الجزء ${number(chapter)}. ${text}`,
  claim: "سأقرؤه",
  finish: "أتممته",
  takeBack: "لم أتمّه بعد",
  close: "إغلاق",

  happened: {
    "khatma.created.v1": (name) => `بداية الختمة · ${name}`,
    "khatma.updated.v1": (name) => `تعديل الختمة · ${name}`,
    "khatma.deleted.v1": (name) => `إنهاء الختمة · ${name}`,
    "khatma.member_joined.v1": (name) => `انضمام · ${name}`,
    "khatma.member_left.v1": (name) => `مغادرة · ${name}`,
    "khatma.parts_claimed.v1": (name, { chapters }) => `اختيار ${parts(chapters)} · ${name}`,
    "khatma.progress_noted.v1": (name, { chapter }) => `قراءة في ${parts([chapter])} · ${name}`,
    "khatma.part_completed.v1": (name, { chapter, done }) => `تمّ ${parts([chapter])} · ${name} · ${number(done)} من ${number(30)}`,
    "khatma.part_taken_back.v1": (name, { chapter }) => `لم يتمّ ${parts([chapter])} بعد · ${name}`,
    "khatma.completed.v1": () => "تمّت الختمة.",
  },

  today: "اليوم",
  minutesToday: "دقائق اليوم",
  practiceStreak: "أيام التأمّل المتتالية",
  readingStreak: "أيام القراءة المتتالية",
  sessionType: "التأمّل",
  sessionMinutes: "الدقائق",
  minutes,
  logSession: "سجّل",
  sessionTypes: {
    mindfulness: "حضور الذهن", breathing: "تنفّس", body_scan: "تفقّد الجسد", mantra: "ذِكر مكرّر", gratitude: "امتنان",
    loving_kindness: "مودّة ورحمة", visualization: "تخيّل", movement: "حركة", other: "غير ذلك",
  },

  leaders: "لوحة الصدارة",
  leadersWindow: "منذ متى",
  windowDay: "اليوم",
  windowWeek: "الأسبوع",
  windowMonth: "الشهر",
  windowAll: "الكل",
  noLeaders: "لا أحد بعد. كن أوّل من يسجّل.",
  myRank: (rank, value) => `ترتيبك ${number(rank)}، ومجموعك ${minutes(value)}.`,

  notices: "الإشعارات",
  noNotices: "لا جديد.",
  readAll: "تعليم الكل كمقروء",
  unread: (value) => `غير مقروء: ${number(value)}`,
  noticeTitles: {
    welcome: "مرحبًا بك في سكينة",
    leaderboard_top: "أنت في صدارة اللوحة",
    khatma_invitation: "دعوة إلى ختمة",
    khatma_joined: "انضم قارئ إلى ختمتك",
    khatma_completed: "تمّت ختمة",
    chapter_assigned: "صار لك جزء تقرؤه",
    chapter_completed: "تمّ جزء من الختمة",
    achievement_earned: "إنجاز جديد",
    other: "هناك جديد",
  },

  failures: {
    network: "تعذّر الوصول إلى سكينة. تحقّق من اتصالك.",
    ended: "انتهت جلستك. ادخل من جديد.",
    wrongLogin: "البريد الإلكتروني أو كلمة المرور غير صحيحة.",
    taken: "يوجد حساب بهذا البريد الإلكتروني.",
    email: "هذا البريد الإلكتروني غير صالح.",
    password: "اختر كلمة مرور أطول يصعب تخمينها.",
    fullname: "لا يمكن استعمال هذا الاسم.",
    400: "في ما أُرسل شيء غير صحيح.",
    403: "ليس لك أن تفعل ذلك.",
    404: "لم يعد موجودًا.",
    409: "هذا غير ممكن الآن.",
    429: "المحاولات كثيرة. انتظر قليلًا.",
    500: "حدث خلل. حاول مجددًا.",
    503: "سكينة مشغولة. حاول بعد لحظة.",
    link: "هذا ليس رابط ختمة.",
  },
};
