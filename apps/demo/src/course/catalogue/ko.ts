/**
 * The Korean texts of page and terminal; `en.ts` explains the marks in them.
 */

import type { Catalogue } from "./index.ts";
import { withParticle } from "./particles.ts";

export const ko: Catalogue = {
  tagline: "기울기가 흐르는 모습을 봅니다.",
  lessons: {
    apples: {
      title: "사과 두 개",
      steps: {
        drag: "사과 한 개의 가격은 {in:price}, 개수는 {in:count}, 소비세를 더하면 {in:tax}배입니다. 낼 돈은 {v:total}입니다.[page: 사과 가격을 끌어 보세요.]",
        gradient:
          "가격 아래의 [page:주황색 ]숫자가 기울기 {g:price}입니다. 사과 가격이 1 오르면 낼 돈은 {g:price} 늘어납니다.",
      },
      nodes: {
        price: "사과 가격",
        count: "개수",
        tax: "세금 배수",
        apples: "사과 금액",
        total: "총액",
      },
    },
    question: {
      title: "가중치 갱신: 질문",
      steps: {
        network:
          "작은 신경망입니다. 입력 {in:i1}, {in:i2} 값이 가중치를 거쳐 은닉 노드 h1, h2로 가고, 거기서 다시 출력 {v:o1}, {v:o2} 값이 됩니다. 노드마다 들어온 값을 모두 더한 뒤 시그모이드 함수를 적용합니다.",
        error:
          "목표는 {in:t1}, {in:t2}입니다. 출력의 오차는 목표 − 출력입니다. E₁ = {v:E1}, E₂ = {v:E2}.",
        carried:
          "누구의 책임일까요? 한 가지 답은 지나온 가중치에 비례하여 오차를 은닉 노드로 되돌려 보내는 것입니다. w5의 몫은 {fact:share5}입니다.[page: 오차는 점선을 따라 되돌아가고, 몫은 모두 그래프 아래에 적혀 있습니다.]",
        infinite:
          "나누는 규칙에는 나눌 수가 있어야 합니다. w5가 0.4일 때 w6이 −0.4면 분모가 0이 되어, o1의 오차가 한쪽에는 +로, 다른 쪽에는 −로 한없이 커집니다.[page: 해 보세요.] 지금 w5와 w6의 몫은 {fact:share5}, {fact:share6}입니다. 이래서는 아무도 배울 수 없습니다.",
        open: "게다가 가중치를 어느 쪽으로 얼마나 바꿔야 할까요? 몫은 말해 주지 않습니다. 이 질문은 7장까지 열어 둡니다. 다음 장들에서 나눗셈 없는 답을 만들어 갑니다.",
      },
      nodes: { E: "오차 E" },
    },
    graph: {
      title: "계산 그래프",
      steps: {
        hollow:
          "한 개에 {in:applePrice}인 사과 {in:apples}개와 한 개에 {in:tangerinePrice}인 귤 {in:tangerines}개를 사고, 소비세를 더하면 {in:tax}배입니다. 동그라미 하나가 작은 계산 하나입니다.[page: 계산하기 전에는 비어 있습니다. 한 단계씩 가거나 재생해 보세요.]",
        fruit: "두 과일의 금액이 + 노드에서 만납니다.",
        total:
          "이것이 순전파입니다. 입력에서 시작해 한 단계씩 총액 {v:total}까지 갑니다. 노드는 자기에게 들어오는 값만 봅니다. 그래서 긴 계산도 쉽게 적을 수 있습니다.",
        kept: "단계마다 결과가 남습니다. 사과 금액 {v:appleSum}, 귤 금액 {v:tangerineSum}, 합해서 {v:fruit}입니다. 그래서 중간 값을 바꾸면 그 뒤만 다시 계산합니다.[page: 과일 금액에 10을 더해 보세요.]",
        foretold:
          "과일 금액의 기울기는 {g:fruit}입니다. 10을 더하면 총액이 {g:fruit} × 10 늘어난다고 예측합니다. 기울기를 구하는 방법은 다음 장에서 봅니다.",
      },
      nodes: {
        apples: "사과 개수",
        applePrice: "사과 가격",
        tangerines: "귤 개수",
        tangerinePrice: "귤 가격",
        tax: "세금 배수",
        appleSum: "사과 금액",
        tangerineSum: "귤 금액",
        fruit: "과일 금액",
        total: "총액",
      },
    },
    backward: {
      title: "역전파",
      steps: {
        question:
          "총액은 {v:total}입니다. 어느 숫자가 얼마나 중요할까요? 역전파는 총액에서 입력 쪽으로 한 번만 거슬러 가며 모든 숫자에 대해 답합니다.",
        one: "끝에서 1로 시작합니다. 총액을 총액 자신으로 미분한 값입니다.",
        tax: "× 노드는 받은 기울기에 다른 쪽 입력을 곱해 돌려줍니다. 세금 배수가 {in:tax}이므로 사과 금액 쪽으로 {g:apples}, 사과 금액이 {v:apples}이므로 세금 배수 쪽으로 {g:tax}입니다.",
        price: "한 노드 더 거슬러 가도 같은 규칙입니다. 기울기 × 다른 쪽 입력.",
        all: "사과 가격이 1 오르면 {g:price}, 사과를 한 개 더 사면 {g:count}만큼 더 냅니다. 세금 배수가 0.01 오르면 {g:tax} × 0.01만큼 더 냅니다.",
        check:
          "기울기는 예측입니다.[page: 사과 가격을 1 올리고, 예측한 변화와 실제 변화를 비교해 보세요.]",
        difference:
          "규칙을 쓰지 않고도 확인할 수 있습니다. 숫자를 작은 h만큼 늘려 보고 줄여 본 다음, 총액의 차이를 2h로 나눕니다. 이것이 수치 미분입니다.[page: 이제부터 기울기 옆의 ✓는 두 값이 몇 자리까지 일치하는지 알려 줍니다.]",
      },
      nodes: {
        price: "사과 가격",
        count: "개수",
        tax: "세금 배수",
        apples: "사과 금액",
        total: "총액",
      },
    },
    "chain-rule": {
      title: "연쇄법칙",
      steps: {
        parts:
          "z = (x + y)²은 두 함수를 이은 것입니다. t = x + y, 그리고 z = t²입니다. x = {in:x}, y = {in:y}이면 t는 {v:t}, z는 {v:z}입니다.",
        outer:
          "끝에서부터 봅니다. dz/dt는 2t, 지금은 {g:t}입니다.[page: 간선에 국소적 미분으로 적혀 있습니다.]",
        chain:
          "다음은 t = x + y이고, 국소적 미분은 1입니다. 연쇄법칙은 길 위에 적힌 것을 곱합니다. dz/dx = dz/dt · dt/dx.",
        bend: "x의 기울기는 {g:x}, 바로 이 점에서의 값입니다. x가 1 늘면 {g:x} × 1 늘어난다고 예측하지만, 실제는 다릅니다. z = (x + y)²은 휘어 있어서 가는 동안 기울기가 커집니다.[page: 해 보세요. 변화가 작을수록 둘은 가까워집니다.]",
        forward:
          "처음에서부터 갈 수도 있습니다. 순방향 모드는 값과 함께 x에 대한 미분을 나릅니다. x에서 1, t에서 1, z에서 {fact:tangent}입니다. 같은 곱셈을 반대쪽 끝에서 시작했을 뿐입니다.",
      },
      nodes: { x: "x", y: "y", t: "t", z: "z" },
    },
    nodes: {
      title: "덧셈 노드와 곱셈 노드",
      steps: {
        multiply:
          "곱셈 노드는 받은 기울기에 다른 쪽 입력을 곱해 돌려줍니다. 두 입력이 서로 자리를 바꾸는 셈입니다. 그래서 곱셈 계층은 들어온 값을 간직합니다.",
        add: "덧셈 노드의 국소적 미분은 두 입력 모두 1입니다. 받은 기울기를 그대로 넘겨줍니다.",
        meet: "x와 y는 두 번씩 쓰입니다. 두 간선으로 돌아온 기울기를 더하고, 합을 아래에 적습니다.",
        layers:
          "프로그램은 같은 두 노드를 계층으로 만든 것입니다. forward는 입력을 간직하고, backward는 도착한 기울기를 받습니다. 프로그램은 그 결과를 출력합니다.",
      },
      nodes: { x: "x", y: "y", sum: "합", product: "곱", L: "L" },
    },
    "snack-tax": {
      title: "간식과 소비세, 코드로",
      steps: {
        program:
          "간식 한 개의 가격은 {in:snack}, 개수는 {in:count}, 소비세를 더하면 {in:tax}배입니다. 프로그램은 계층을 두 개 만들어 순전파한 다음 역전파하고, 세 줄을 출력합니다.",
        binary:
          "왜 {fact:decimal} 대신 {fact:printed}일까요? 컴퓨터는 이진법으로 셉니다. 십진법에서 1/3이 끝나지 않듯, 이진법에서는 대부분의 소수가 끝나지 않습니다. 세금 배수 {fact:tax} 대신 {fact:stored} 값을 저장하고, 곱도 저장할 수 있는 가장 가까운 수로 바꿉니다. 프로그램은 모든 자리를 출력합니다. [page:그래프에는 위의 ‘자릿수’에서 고른 만큼 보입니다.][terminal:그림에는 --digits만큼 보입니다.]",
        even: "프로그램은 계산기와 같은 {fact:printed} 값을 출력합니다. 늘 그런 것은 아닙니다. 컴퓨터는 이진법으로 세고, 십진법에서 1/3이 끝나지 않듯 이진법에서는 대부분의 소수가 끝나지 않습니다. 가격 100, 개수 2, 세금 배수 1.1이면 220.00000000000003이 나옵니다.",
      },
      nodes: {
        snack: "간식 가격",
        count: "개수",
        tax: "세금 배수",
        price: "세전 금액",
        total: "총액",
      },
    },
    training: {
      title: "가중치 갱신: 답",
      steps: {
        gradients:
          "역전파는 모든 가중치의 ∂E/∂w를 한 번에 구합니다. w5의 기울기는 {g:w5}입니다. 변화가 작다면 w5가 1 늘 때마다 E가 그만큼 변한다는 뜻입니다. 그러니 w5는 반대쪽으로 가야 합니다. 접힌 노드 안에서도 곱합니다. o1로 들어가는 간선의 배율은 σ′ = o1 · (1 − o1)에 곱셈의 다른 쪽 입력을 곱한 것입니다.",
        step: "새 가중치 = 가중치 − 학습률 × 기울기.[page: 가중치를 골라 계산을 확인하고, ‘한 단계’를 누른 뒤 E를 보세요. 지금은 {v:E}입니다.] 편향 b1과 b2에도 기울기가 있지만 그대로 둡니다. 이 예에서는 가중치만 학습합니다.",
        rates:
          "되풀이하면 신경망이 배웁니다. 학습률이 관건입니다. 목표가 0.4, 0.6일 때 처음 오차는 {fact:before}입니다. 100단계 뒤, 학습률 0.01이면 오차가 {fact:slow}, 너무 느립니다. 5면 {fact:learn}까지 줄어 수렴합니다. 1000이면 너무 멀리 뛰어 두 출력이 0이나 1 가까이에서 포화됩니다. 그곳에서는 모든 기울기가 거의 0이어서 E는 {fact:stuck}에 머물고 돌아오지 못합니다. 갇힌 것입니다.[page: 해 보세요.]",
        mazur:
          "처음 값은 매트 마주르(Matt Mazur)의 “A Step by Step Backpropagation Example”(2015)에서 가져왔습니다. 한 단계 뒤의 가중치는 그 글과 같습니다. 그 뒤의 오차는 글에 0.291027924라고 적혀 있지만 0.291027774가 맞습니다. 여기서 처음 값으로 한 단계 계산하면 {fact:afterOne}입니다.",
      },
      nodes: { E: "오차 E" },
    },
    speed: {
      title: "백만 건의 구매",
      steps: {
        run: "같은 세 숫자로 {in:purchases}건을 계산합니다. 모든 구매의 총액과 기울기를 한꺼번에 네 가지 방법으로 구합니다.[page: 이 기기에서 실행해 보세요.] 그래프는 많아야 1000건을 보여 줍니다. {v:price} 표시는 그만큼의 숫자를 담은 목록입니다.",
        end: "마지막 장이 끝났습니다. 값이 앞으로 가고, 기울기가 되돌아오고, 신경망이 거기서 배우는 모습을 보았습니다. 여러분의 프로그램에서는 한 줄입니다. npm install @graddiff/core로 설치하면 grad(f)(x)가 기울기를, explain(f)(x)가 이런 그래프를 줍니다. 다음 이야기는 graddiff의 README에 있습니다.",
      },
      nodes: { price: "가격", count: "개수", tax: "세금 배수", total: "총액" },
    },
    "long-chain": {
      title: "긴 사슬",
      steps: { look: "노드 200개의 그래프입니다. 입력이 처음부터 끝까지 쓰입니다." },
      nodes: {},
    },
  },
  inputs: {
    price: "사과 가격",
    count: "개수",
    tax: "세금 배수",
    apples: "사과 개수",
    applePrice: "사과 가격",
    tangerines: "귤 개수",
    tangerinePrice: "귤 가격",
    snack: "간식 가격",
    purchases: "구매 건수",
    rate: "학습률",
  },
  complaints: {
    number: "숫자여야 합니다",
    finite: "유한한 수여야 합니다",
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
    legendShare: "되돌아가는 오차",
    legendTangent: (input) => `${input}에 대한 미분, 순방향`,
    legendCheck: "수치 미분과 일치하는 자릿수",
    open: (node) => `${node} 펼치기`,
    fold: (node) => `${node} 접기`,
    openAll: "모두 펼치기",
    foldAll: "모두 접기",
    saveSvg: "SVG",
    savePng: "PNG",
    copyLink: "링크 복사",
    copied: "복사했습니다",
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
    place: (place, of) => `전체 ${of}단계 중 ${place}단계`,
    start: "아직 아무것도 계산하지 않았습니다.",
    forward: (node, value) => `순전파: ${node} 노드의 값은 ${value}입니다.`,
    seed: (node) =>
      `역전파 시작: ${withParticle(node, "object")} 자신으로 미분한 기울기는 1입니다.`,
    backward: (node, gradient, parts) =>
      `역전파: ${node} 노드의 기울기는 ${gradient}입니다. ${parts}.`,
    through: (node, gradient) => `역전파: ${node} 노드의 기울기는 ${gradient}입니다.`,
    part: (node, calculation) => `${node} 쪽으로 ${calculation}`,
    tangent: (node, value, tangent) =>
      `순방향: ${node} 노드의 값은 ${value}, 미분은 ${tangent}입니다.`,
  },
  ask: {
    value: (node) => `${node} 노드에 어떤 값이 올까요?`,
    gradient: (node) => `${node} 아래에 어떤 기울기가 올까요?`,
    answer: "내 답",
    check: "확인",
    reveal: "정답 보기",
    right: (value) => `맞습니다. ${value}입니다.`,
    again: (hint) => `아직 아닙니다. ${hint} 한 번 더 해 보세요.`,
    near: (value, said) => `정답은 ${value}, 적은 답은 ${said}입니다.`,
    shown: (value) => `정답은 ${value}입니다.`,
    unread: (text) => `숫자로 읽을 수 없습니다: “${text}”. 2.2나 −0.5처럼 적어 주세요.`,
    isGradient: (said, node) => `${withParticle(said, "topic")} ${node} 노드의 기울기입니다.`,
    isValue: (said, node) => `${withParticle(said, "topic")} ${node} 노드의 값입니다.`,
    isPart: (said, node) =>
      `${withParticle(said, "topic")} ${node} 쪽에서 돌아온 것뿐입니다. 다른 간선으로도 돌아옵니다.`,
    isSign: "크기는 맞지만 부호가 다릅니다.",
    isPoint: "숫자는 맞지만 소수점 자리가 다릅니다.",
    isSum: "더한 값입니다. 곱해 보세요.",
    hintValue: (operation) => `노드에 들어오는 값으로 이 계산을 하세요: ${operation}.`,
    hintGradient: "간선마다 기울기 × 국소적 미분을 구하고, 여럿이 돌아오면 더하세요.",
  },
  node: {
    heading: "노드",
    input: "입력",
    constant: "상수",
    changed: (difference) => `${difference}만큼 조정함`,
    undo: "되돌리기",
    check: (step, difference) => `수치 미분(h = ${step}): ${difference}`,
    checking: "비교하는 중 …",
    agrees: (digits) => `${digits}자리까지 일치`,
    differs: "일치하지 않음",
    small: "너무 작아 비교할 수 없음",
    coarse: "h가 너무 커서 비교할 수 없음",
    corner: "꺾인 점이라 양쪽의 기울기가 다름",
    none: "비교할 수 없음",
    predicted: "예측한 변화",
    actual: (result) => `${result}의 실제 변화`,
    bent: (before, after) =>
      `기울기는 한 점에서만 맞으므로 둘이 다릅니다. 가는 동안 기울기가 ${before}에서 ${after}까지 바뀌었습니다.`,
    rises: (node, result, slope) =>
      `${withParticle(node, "subject")} 1 늘 때마다 ${withParticle(result, "topic")} ${slope}씩 늘어납니다(변화가 작을 때).`,
    falls: (node, result, slope) =>
      `${withParticle(node, "subject")} 1 늘 때마다 ${withParticle(result, "topic")} ${slope}씩 줄어듭니다(변화가 작을 때).`,
    flat: (node, result) =>
      `${withParticle(node, "subject")} 조금 늘어도 ${withParticle(result, "topic")} 그대로입니다.`,
    infinite: "∞는 너무 커서 담을 수 없는 수입니다.",
    notANumber: "NaN은 ∞ − ∞처럼 답이 없는 계산의 결과입니다.",
    rounded: (exact) => `반올림한 값, 모든 자리는 ${exact}`,
    factor: (node) => `${node} 쪽 간선의 배율`,
    update: "한 단계 뒤",
    stays: "편향은 그대로 두고 가중치만 갱신합니다.",
  },
  modes: {
    heading: "두 가지 모드",
    reverse: "역방향",
    forward: "순방향",
    by: "기준 입력",
    reverseCost: (passes, operations) =>
      `역방향: ${passes}번 지나며 연산 ${operations}번으로 모든 입력의 미분을 구합니다`,
    forwardCost: (passes, operations) =>
      `순방향: ${passes}번 지나며 연산 ${operations}번으로 모든 입력의 미분을 구합니다`,
  },
  table: {
    heading: "그래프 표",
    node: "노드",
    operation: "연산",
    inputs: "들어오는 노드",
    value: "값",
    gradient: "기울기",
    parts: "기울기 × 국소적 미분",
    tangentParts: "미분 × 국소적 미분",
    shareParts: "오차 × 몫",
    update: "한 단계 뒤",
  },
  shares: {
    heading: "오차의 몫",
    way: "가는 길",
    share: "몫",
    numbers: "숫자로",
    carried: "오차 × 몫",
    sum: (node) => `${node}에 모인 오차`,
  },
  training: {
    rate: "학습률",
    one: "한 단계",
    ten: "열 단계",
    converge: "수렴할 때까지",
    stop: "멈춤",
    restart: "처음 값으로",
    steps: (steps) => `${steps}단계 뒤`,
    error: "오차 E",
    curve: "단계마다의 오차",
    slow: "너무 느림",
    learn: "수렴",
    stuck: "갇힘",
    converged: (flat) => `모든 기울기가 ${flat}보다 작습니다. 수렴했습니다.`,
    isStuck: (flat, error) =>
      `모든 기울기가 ${flat}보다 작은데 오차는 ${error}에 머뭅니다. 갇혔습니다.`,
    fresh: "처음 값에서 한 단계",
    presets: "목표 0.4, 0.6과 학습률:",
    learning: "학습하는 중 …",
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
      `구매마다 총액과 기울기 세 개, float64. 번갈아 ${runs}번 실행한 가운데 가장 빠른 시간입니다.`,
    failed: "실행하지 못했습니다.",
  },
  page: {
    skip: "본문으로",
    lessons: "차례",
    previous: "이전",
    next: "다음",
    nextLesson: "다음 장",
    again: "첫 장으로",
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
    keys: "키: 스페이스는 재생, 쉼표와 마침표는 한 단계씩, 화살표는 노드 이동, +와 −는 값 바꾸기.",
    try: (node, change) => `${node} ${change}`,
    set: (node, value) => `${node} = ${value}`,
  },
  link: {
    version: "이 페이지가 모르는 버전입니다",
    lesson: "그런 이름의 장이 없습니다",
    part: (part) => `알 수 없거나 두 번 나오는 부분이 있습니다: “${part}”`,
    number: (text) => `알맞은 숫자가 아닙니다: “${text}”`,
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
    forward: "순방향 모드로, 이 입력에 대한 미분",
    graph: "그래프. 선 위가 값, 아래가 기울기:",
    values: "그래프:",
    training: "학습:",
    updates: "새 가중치 = 가중치 − 학습률 × 기울기:",
    factors: "접힌 노드로 들어가는 간선의 배율:",
  },
};
