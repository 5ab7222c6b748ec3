/**
 * The Korean texts of page and terminal; `en.ts` explains the marks in them.
 */

import type { Catalogue } from "./index.ts";

export const ko: Catalogue = {
  language: "한국어",
  tagline: "기울기가 흐르는 모습을 봅니다.",
  lessons: {
    apples: {
      title: "사과 두 개",
      steps: {
        drag: "사과 하나의 값은 {in:price}, 개수는 {in:count}, 소비세를 더하면 {in:tax}배입니다. 내는 돈은 {v:total}. 사과 값을 끌어 보세요.",
        gradient:
          "값 아래의 주황색 숫자가 기울기입니다. {g:price}: 사과 값이 1 오르면 내는 돈은 {g:price}만큼 늘어납니다.",
      },
      nodes: { price: "사과 값", count: "개수", tax: "소비세", apples: "사과", total: "총액" },
    },
    question: {
      title: "가중치 갱신: 질문",
      steps: {
        network:
          "작은 신경망입니다. 입력 {in:i1}, {in:i2} 값이 가중치를 거쳐 은닉 노드 h1, h2로, 다시 출력 {v:o1}, {v:o2} 값으로 갑니다. 노드마다 모두 더한 뒤 시그모이드 함수를 적용합니다.",
        error:
          "목표는 {in:t1}, {in:t2}입니다. 출력의 오차는 목표 − 출력: E₁ = {v:E1}, E₂ = {v:E2}.",
        carried:
          "누구의 책임일까요? 한 가지 답은, 지나온 가중치에 비례해서 오차를 은닉 노드로 되돌려 보내는 것입니다. 간선에 오차 × 비율이 보입니다.",
        open: "그런데 가중치는 어느 쪽으로, 얼마나 바꿔야 할까요? 비율은 말해 주지 않습니다. 이 질문은 7장까지 열어 둡니다. 다음 장들이 답을 만듭니다.",
      },
      nodes: { E: "오차 E" },
    },
    graph: {
      title: "계산 그래프",
      steps: {
        hollow:
          "{in:applePrice}짜리 사과 {in:apples}개, {in:tangerinePrice}짜리 귤 {in:tangerines}개, 소비세를 더하면 {in:tax}배. 동그라미 하나가 작은 계산 하나입니다. 아직 계산하지 않아 비어 있습니다. 한 단계씩 가거나 재생해 보세요.",
        fruit: "두 과일이 + 노드에서 만납니다.",
        total:
          "이것이 순전파입니다. 왼쪽에서 오른쪽으로 한 단계씩, 총액 {v:total}까지. 노드는 자기에게 들어오는 값만 봅니다. 그래서 긴 계산도 쉽게 적을 수 있습니다.",
        kept: "단계마다 결과가 남습니다. 사과 {v:appleSum}, 귤 {v:tangerineSum}, 합해서 {v:fruit}. 그래서 중간의 값을 바꾸면 그 뒤만 다시 계산합니다. 과일에 10을 더해 보세요.",
        foretold:
          "과일의 기울기는 {g:fruit}입니다. 10을 더하면 어떻게 될지 미리 알려 준 셈입니다: {g:fruit} × 10. 기울기가 어떻게 나오는지는 다음 장에서 봅니다.",
      },
      nodes: {
        apples: "사과 수",
        applePrice: "사과 값",
        tangerines: "귤 수",
        tangerinePrice: "귤 값",
        tax: "소비세",
        appleSum: "사과",
        tangerineSum: "귤",
        fruit: "과일",
        total: "총액",
      },
    },
    backward: {
      title: "역전파",
      steps: {
        question:
          "총액은 {v:total}. 어느 숫자가 얼마나 중요할까요? 역전파는 오른쪽에서 왼쪽으로 한 번 지나며 모든 숫자에 대해 답합니다.",
        one: "끝에서 1로 시작합니다. 총액을 총액 자신과 비교한 것입니다.",
        tax: "× 노드는 받은 기울기에 다른 쪽 입력을 곱해 돌려줍니다. 소비세가 {in:tax}이므로 사과 쪽으로 {g:apples}, 사과가 {v:apples}이므로 소비세 쪽으로 {g:tax}.",
        price: "한 노드 더 왼쪽에서도 같은 규칙입니다. 기울기 × 다른 쪽 입력.",
        all: "사과 값이 1 오르면 {g:price}, 사과를 하나 더 사면 {g:count}만큼 더 냅니다. 소비세가 0.01 오르면 {g:tax} × 0.01만큼 더 냅니다.",
        check: "직접 해 보세요. 사과 값을 1 올리고, 미리 들은 값과 실제로 나온 값을 비교합니다.",
      },
      nodes: { price: "사과 값", count: "개수", tax: "소비세", apples: "사과", total: "총액" },
    },
    "chain-rule": {
      title: "연쇄법칙",
      steps: {
        parts:
          "z = (x + y)²은 두 함수를 이은 것입니다. t = x + y, 그리고 z = t². x = {in:x}, y = {in:y}이면 t는 {v:t}, z는 {v:z}.",
        outer: "오른쪽부터: dz/dt = 2t, 지금은 {g:t}. 간선에 국소적 미분으로 적혀 있습니다.",
        chain:
          "다음은 t = x + y, 국소적 미분은 1입니다. 연쇄법칙은 길 위에 적힌 것을 곱합니다: dz/dx = dz/dt · dt/dx.",
        forward:
          "왼쪽에서도 할 수 있습니다. 순방향 모드는 x에 대한 미분을 값과 함께 나릅니다. x에서 1, t에서 1, z에서 {g:x}. 같은 곱을 다른 끝에서 시작했을 뿐입니다.",
      },
      nodes: { x: "x", y: "y", t: "t", z: "z" },
    },
    nodes: {
      title: "덧셈 노드와 곱셈 노드",
      steps: {
        multiply:
          "곱셈 노드는 받은 기울기에 다른 쪽 입력을 곱해 돌려줍니다. 입력이 서로 바뀌는 셈입니다. 그래서 곱셈 계층은 들어온 값을 간직합니다.",
        add: "덧셈 노드는 두 입력의 국소적 미분이 모두 1입니다. 기울기를 그대로 돌려줍니다.",
        meet: "x와 y는 두 번씩 쓰입니다. 두 간선으로 돌아온 것을 더합니다. 합은 아래에 적혀 있습니다.",
        layers:
          "그래프 옆의 프로그램은 같은 두 노드를 계층으로 만든 것입니다. forward는 입력을 간직하고, backward는 도착한 기울기를 받습니다. 프로그램이 결과를 출력합니다.",
      },
      nodes: { x: "x", y: "y", sum: "합", product: "곱", L: "L" },
    },
    "snack-tax": {
      title: "간식과 소비세, 코드로",
      steps: {
        program:
          "간식 하나의 값은 {in:snack}, 개수는 {in:count}, 소비세율은 {in:tax}배. 프로그램은 계층을 두 개 만들고, 순전파한 다음 역전파합니다. 세 줄을 출력합니다.",
        binary:
          "왜 …0003일까요? 컴퓨터는 이진법으로 셉니다. 십진법에서 1/3이 끝나지 않듯, 이진법에서 1.1은 끝나지 않습니다. 저장되는 값은 1.100000000000000088817841970012523…이고, 그 200배는 저장할 수 있는 두 수 사이에 놓입니다. 더 가까운 쪽이 220.00000000000003입니다. 반올림으로 숨기지 않았습니다.",
      },
      nodes: { snack: "간식 값", count: "개수", tax: "소비세", price: "값", total: "총액" },
    },
    training: {
      title: "가중치 갱신: 답",
      steps: {
        gradients:
          "역전파는 모든 가중치의 ∂E/∂w를 한 번에 구합니다. w5의 기울기는 {g:w5}: w5를 조금 늘리면 오차 E가 그 배수만큼 늘어납니다. 그러니 w5는 반대쪽으로 가야 합니다.",
        step: "새 가중치 = 가중치 − 학습률 × 기울기. ‘한 단계’를 누르고 E를 보세요. 지금은 {v:E}.",
        rates:
          "되풀이하면 신경망이 배웁니다. 학습률이 관건입니다. 목표가 0.4, 0.6일 때 학습률 0.01은 기어가고, 5는 수렴하고, 1000은 너무 멀리 뛰어 모든 노드가 포화됩니다. 오차는 처음보다 커지고, 돌아올 기울기도 없습니다. 해 보세요.",
        mazur:
          "숫자는 매트 마주르(Matt Mazur)의 “A Step by Step Backpropagation Example”(2015)에서 가져왔습니다. 한 단계 뒤의 가중치는 글과 같습니다. 그 뒤의 오차는 글에 0.291027924라고 적혀 있지만 0.291027774가 맞습니다. 여기서 처음부터 한 단계 계산하면 {after:1}입니다.",
      },
      nodes: { E: "오차 E" },
    },
    speed: {
      title: "백만 건의 구매",
      steps: {
        run: "같은 세 숫자를 {in:purchases}번. 그만큼의 총액과 모든 기울기를 한꺼번에 구합니다. 네 가지 방법을 이 기기에서 실행해 보세요. 그래프는 처음 1000건을 보여 줍니다. [1000]은 숫자 1000개의 목록입니다.",
      },
      nodes: { price: "값", count: "개수", tax: "소비세", total: "총액" },
    },
    "long-chain": {
      title: "긴 사슬",
      steps: { look: "노드 200개의 그래프. 입력이 처음부터 끝까지 쓰입니다." },
      nodes: {},
    },
  },
  inputs: {
    price: "사과 값",
    count: "개수",
    tax: "소비세율(배)",
    apples: "사과 수",
    applePrice: "사과 값",
    tangerines: "귤 수",
    tangerinePrice: "귤 값",
    snack: "간식 값",
    purchases: "구매 건수",
    rate: "학습률",
  },
  complaints: {
    number: "숫자여야 합니다",
    finite: "유한한 숫자여야 합니다",
    least: (least) => `${least} 이상이어야 합니다`,
    most: (most) => `${most} 이하여야 합니다`,
    whole: "정수여야 합니다",
  },
  stage: {
    label: (lesson) => `계산 그래프: ${lesson}`,
    value: "값",
    gradient: "기울기",
    tangent: "미분",
    legendValue: "값, 순전파",
    legendGradient: "기울기, 역전파",
    legendShare: "되돌아온 오차",
    legendTangent: (input) => `${input}에 대한 미분, 순방향`,
    legendCheck: "차분과 일치하는 자릿수",
    open: (node) => `${node} 펼치기`,
    fold: (node) => `${node} 접기`,
    openAll: "모두 펼치기",
    foldAll: "모두 접기",
    saveSvg: "SVG",
    savePng: "PNG",
    copyLink: "링크 복사",
    copied: "복사함",
    notCopied: "링크는 주소창에 있습니다.",
    reset: "처음부터",
    unknown: "아직 계산하지 않음",
    hint: "숫자를 끌거나, 화살표 키로 노드를 골라 값을 바꿔 보세요.",
  },
  program: { heading: "프로그램", prints: "출력" },
  timeline: {
    label: "시간축",
    first: "처음으로",
    back: "한 단계 뒤로",
    play: "재생",
    pause: "멈춤",
    next: "한 단계 앞으로",
    last: "끝으로",
    place: (place, of) => `${of}단계 가운데 ${place}단계`,
    start: "아직 아무것도 계산하지 않았습니다.",
    forward: (node, value) => `순전파: ${node} 노드의 값은 ${value}.`,
    seed: (node) => `역전파 시작: ${node} 자신에 대한 기울기는 1.`,
    backward: (node, gradient, parts) => `역전파: ${node} 노드, 기울기 ${gradient}. ${parts}.`,
    through: (node, gradient) => `역전파: ${node} 노드, 기울기 ${gradient}.`,
    part: (node, calculation) => `${node} 쪽으로 ${calculation}`,
    tangent: (node, value, tangent) => `순방향: ${node} 노드의 값은 ${value}, 미분은 ${tangent}.`,
  },
  ask: {
    value: (node) => `${node} 노드에 어떤 값이 올까요?`,
    gradient: (node) => `${node} 아래에 어떤 기울기가 올까요?`,
    answer: "내 답",
    reveal: "보기",
    right: (value) => `맞습니다: ${value}.`,
    near: (value, said) => `답은 ${value}, 적은 값은 ${said}입니다.`,
    shown: (value) => `답은 ${value}입니다.`,
  },
  node: {
    heading: "노드",
    input: "입력",
    constant: "상수",
    changed: (difference) => `${difference}만큼 조정함`,
    undo: "되돌리기",
    check: "차분",
    checking: "비교하는 중 …",
    agrees: (digits) => `${digits}자리까지 일치`,
    predicted: "예측",
    came: "실제",
    prediction: (gradient, change, told) => `${gradient} × ${change} = ${told}`,
    rises: (node, result, slope) =>
      `${node}이(가) 조금 늘면 ${result}은(는) ${slope}배만큼 늘어납니다.`,
    falls: (node, result, slope) =>
      `${node}이(가) 조금 늘면 ${result}은(는) ${slope}배만큼 줄어듭니다.`,
    flat: (node, result) => `${node}이(가) 조금 늘어도 ${result}은(는) 그대로입니다.`,
    infinite: "∞는 너무 커서 담을 수 없는 수입니다.",
    notANumber: "NaN은 ∞ − ∞처럼 답이 없는 계산의 결과입니다.",
    rounded: (exact) => `반올림한 값, 정확히는 ${exact}`,
  },
  modes: {
    heading: "두 가지 모드",
    reverse: "역방향",
    forward: "순방향",
    by: "기준",
    reverseCost: (passes, operations) =>
      `역방향: ${passes}번 지나며 연산 ${operations}번으로 모든 입력`,
    forwardCost: (passes, operations) =>
      `순방향: ${passes}번 지나며 연산 ${operations}번으로 모든 입력`,
  },
  table: {
    heading: "그래프 표",
    node: "노드",
    operation: "연산",
    inputs: "입력",
    value: "값",
    gradient: "기울기",
    parts: "기울기 × 국소적 미분",
  },
  training: {
    rate: "학습률",
    one: "한 단계",
    ten: "열 단계",
    converge: "수렴할 때까지",
    stop: "멈춤",
    restart: "처음 가중치",
    steps: (steps) => `${steps}단계 뒤`,
    error: "오차 E",
    curve: "단계마다의 오차",
    crawl: "기어감",
    learn: "수렴",
    diverge: "발산",
    converged: "모든 기울기가 거의 0입니다. 수렴했습니다.",
    diverged: "모든 기울기가 0인데 오차는 처음보다 큽니다. 발산했습니다.",
    presets: "목표 0.4, 0.6과 학습률:",
    learning: "배우는 중 …",
  },
  speed: {
    run: "실행",
    running: (part) => `계산 중: ${part}`,
    stop: "멈춤",
    way: "방법",
    best: "가장 빠른 시간, ms",
    rate: "초당 백만 건",
    loop: "JavaScript, 손으로 쓴 반복문 하나",
    loops: "JavaScript, 연산마다 반복문 하나",
    javascript: "graddiff, JavaScript",
    wasm: "graddiff, WebAssembly",
    noWasm: "graddiff (여기서는 WebAssembly를 쓸 수 없음)",
    agree: "네 방법의 기울기는 마지막 비트까지 같고, 총액도 같습니다.",
    differ: "결과가 서로 다릅니다. 알려 주세요.",
    note: (runs) =>
      `구매마다 총액과 기울기 세 개, float64. 번갈아 ${runs}번 실행한 가운데 가장 빠른 시간.`,
    failed: "실행하지 못했습니다.",
  },
  page: {
    skip: "본문으로",
    lessons: "차례",
    previous: "이전",
    next: "다음",
    nextLesson: "다음 장",
    stepOf: (step, of) => `${step} / ${of}`,
    language: "언어",
    theme: "테마",
    auto: "자동",
    light: "밝게",
    dark: "어둡게",
    digits: "자릿수",
    exact: "정확히",
    damaged: "링크가 손상되어 처음부터 시작합니다. 문제:",
    dismiss: "확인",
    keys: "키: 스페이스 재생, 쉼표와 마침표로 한 단계씩, 화살표로 노드 이동, +와 −로 값 바꾸기.",
    try: (node, change) => `${node} ${change}`,
  },
  link: {
    version: "이 페이지가 모르는 버전입니다",
    lesson: "장의 이름이 없습니다",
    part: (part) => `“${part}” 부분을 알 수 없거나 두 번 나옵니다`,
    number: (text) => `“${text}”은(는) 알맞은 숫자가 아닙니다`,
    place: "시간축에 그런 자리가 없습니다",
  },
  terminal: {
    usage: "사용법: npm start -- [옵션]",
    about: "계산 그래프와 역전파, 아홉 장.",
    options: "옵션:",
    lesson: "한 장, 또는 쉼표로 나눈 여러 장",
    lang: "en 또는 ko",
    digits: "숫자의 유효 자릿수, 1에서 17까지 (4)",
    list: "장의 이름과 제목",
    json: "결과를 JSON으로",
    help: "이 설명",
    version: "버전",
    inputs: "장의 입력, 예: --lesson graph --apples 3",
    lessons: "차례:",
    page: "끌고 단계별로 볼 수 있는 같은 내용: npm run demo:web",
    program: "계층 두 개로 된 프로그램의 출력:",
    times: (purchases) => `구매 ${purchases}건의 총액과 기울기, 순전파와 역전파:`,
    commands: "장마다 명령이 하나 있습니다. 모든 옵션은 npm start -- --help",
    tooWide: "그림이 80칸보다 넓어서 노드를 적습니다:",
    graph: "그래프. 선 위가 값, 아래가 기울기:",
    training: "학습:",
  },
};
