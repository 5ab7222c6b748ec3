/**
 * The Korean texts of the page and the terminal; `en.ts` explains their marks.
 */

import type { Catalogue } from "./index.ts";
import { withParticle } from "./particles.ts";

/** Korean counts by ten thousands: 100만 is a million. */
const TEN_THOUSAND = 10_000;

/** Numbers below ten as words: 한 번, 네 번. */
const NATIVE = ["", "한", "두", "세", "네", "다섯", "여섯", "일곱", "여덟", "아홉"];

/** Returns a number of times in Korean. */
const times = (count: number) => `${NATIVE[count] || count} 번`.replace(/^(\d+) /, "$1");

export const ko: Catalogue = {
  tagline: "기울기가 흐르는 모습을 봅니다.",
  lessons: {
    apples: {
      title: "사과 두 개",
      short: "사과",
      steps: {
        drag: {
          costs:
            "사과 한 개의 가격은 {in:price}, 개수는 {in:count}, 부가세를 더하면 값이 {in:tax}배가 됩니다.",
          pay: "낼 돈은 {v:total}입니다.",
          payAdjusted: "중간에 더한 값까지 넣으면 낼 돈은 {v:total}입니다.",
          try: "[page:사과 가격을 끌어 보세요.]",
        },
        gradient: {
          below:
            "가격 아래의 [page:주황색 ]숫자가 기울기 {g:price}입니다. 사과 가격이 1 오르면 낼 돈은 {g:price} 늘어납니다.",
          elsewhere:
            "사과 가격의 기울기는 {g:price}입니다. 사과 가격이 1 오르면 낼 돈은 {g:price} 늘어납니다.",
          line: "[page:가격에 대한 총액의 그래프는 직선입니다. 어디에서 1을 더해도 차이가 같습니다.][terminal:가격에 대한 총액은 직선입니다. 어디에서 1을 더해도 차이가 같습니다.]",
        },
        one: {
          where: "이 숫자는 어디서 올까요?",
          one: "끝에서 1로 시작합니다. 총액을 총액 자신으로 미분한 값입니다.",
        },
        tax: {
          swap: "총액의 × 노드는 받은 기울기에 다른 쪽 입력을 곱해 돌려줍니다. 세금 배율이 {in:tax}이므로 사과 금액 쪽으로 {g:apples}, 사과 금액이 {v:apples}이므로 세금 배율 쪽으로 {g:tax}입니다.",
        },
        price: { again: "한 노드 더 거슬러 가도 같은 규칙입니다. 기울기 × 다른 쪽 입력입니다." },
        all: {
          price: "사과 가격이 1 오르면 {g:price}만큼 더 냅니다.",
          count: "사과를 한 개 더 사면 {g:count}만큼 더 냅니다.",
          tax: "세금 배율이 0.01 오르면 총액은 {g:tax} × 0.01만큼 달라집니다.",
          once: "한 번 거슬러 가서 모든 숫자의 답을 얻었습니다. 이것이 역전파입니다.",
        },
      },
      nodes: {
        price: "사과 가격",
        count: "개수",
        tax: "세금 배율",
        apples: "사과 금액",
        total: "총액",
      },
    },
    question: {
      title: "가중치 갱신: 질문",
      short: "누구 탓?",
      steps: {
        network: {
          flow: "작은 신경망입니다. 입력 {in:i1}, {in:i2} 값이 가중치를 거쳐 은닉 노드 h1, h2로 가고, 거기서 다시 출력 {v:o1}, {v:o2} 값이 됩니다.",
          sigmoid: "은닉 노드와 출력 노드는 들어온 값을 모두 더한 뒤 시그모이드 함수를 적용합니다.",
        },
        error: {
          targets: "목표는 {in:t1}, {in:t2}입니다. 출력의 오차는 목표 − 출력입니다.",
          errors: "E₁ = {v:E1}, E₂ = {v:E2}.",
          errorsAdjusted: "더한 값까지 넣으면 E₁ = {v:E1}, E₂ = {v:E2}.",
        },
        carried: {
          blame:
            "누구의 책임일까요? 한 가지 답은 지나온 가중치에 비례하여 오차를 은닉 노드로 되돌려 보내는 것입니다.",
          share: "w5의 몫은 {fact:share5}입니다.",
          dashed: "[page:오차는 점선을 따라 되돌아가고, 몫은 모두 ‘몫’에 적혀 있습니다.]",
        },
        together: {
          sum: "h1에서는 두 오차의 몫이 만납니다: {fact:sum1}.",
          steps: "[page:한 단계씩 오가며 오차가 하나씩 되돌아가는 것을 보세요.]",
        },
        infinite: {
          rule: "나눗셈을 쓰는 규칙은 분모가 0이면 쓸 수 없습니다.",
          suppose:
            "w5가 {in:w5}일 때 w6이 {fact:undoing}이면 분모가 0이 되어, 한쪽 몫은 ∞, 다른 쪽 몫은 −∞가 됩니다.[page: 해 보세요.]",
          now: "지금 w5와 w6의 몫은 {fact:share5}, {fact:share6}입니다.",
          nobody: "이래서는 학습이 되지 않습니다.",
        },
        open: {
          open: "게다가 가중치를 어느 쪽으로 얼마나 바꿔야 할까요? 몫은 말해 주지 않습니다. 다음 장 ‘{lesson:training}’에서 가중치로 나누지 않고 기울기로 답합니다.",
        },
      },
      nodes: { E: "오차 E" },
    },
    graph: {
      title: "계산 그래프",
      short: "그래프",
      steps: {
        hollow: {
          purchase:
            "한 개에 {in:applePrice}인 사과 {in:apples}개와 한 개에 {in:tangerinePrice}인 귤 {in:tangerines}개를 사고, 부가세를 더하면 값이 {in:tax}배가 됩니다.",
          circle:
            "동그라미 하나가 작은 계산 하나입니다.[page: 계산하기 전에는 비어 있습니다. 한 단계씩 가거나 재생해 보세요.]",
        },
        fruit: { plus: "두 과일의 금액이 + 노드에서 만납니다." },
        total: {
          forward: "이것이 순전파입니다. 입력에서 시작해 한 단계씩 총액 {v:total}까지 갑니다.",
          local: "노드는 자기에게 들어오는 값만 봅니다. 그래서 긴 계산도 쉽게 적을 수 있습니다.",
        },
        kept: {
          kept: "단계마다 결과가 남습니다. 사과 금액 {v:appleSum}, 귤 금액 {v:tangerineSum}, 합해서 {v:fruit}입니다.",
          keptAdjusted:
            "단계마다 결과가 남습니다. 사과 금액 {v:appleSum}, 귤 금액 {v:tangerineSum}, 더한 값 {d:fruit}까지 넣은 과일 금액은 {v:fruit}입니다.",
          adjust:
            "그래서 중간 값을 바꾸면 그 값에서 나오는 것만 다시 계산합니다.[page: 과일 금액에 10을 더해 보세요.]",
        },
        foretold: {
          predicts:
            "과일 금액의 기울기는 {g:fruit}입니다. 10을 더하면 총액이 {g:fruit} × 10 늘어난다고 예측합니다.",
          every: "이렇게 그래프의 모든 숫자에, 중간 값에도 기울기가 있습니다.",
        },
      },
      nodes: {
        apples: "사과 개수",
        applePrice: "사과 가격",
        tangerines: "귤 개수",
        tangerinePrice: "귤 가격",
        tax: "세금 배율",
        appleSum: "사과 금액",
        tangerineSum: "귤 금액",
        fruit: "과일 금액",
        total: "총액",
      },
    },
    "chain-rule": {
      title: "연쇄법칙",
      short: "연쇄법칙",
      steps: {
        parts: {
          two: "z = (x + y)²은 두 함수를 이은 것입니다. t = x + y, 그리고 z = t²입니다.",
          values: "x = {in:x}, y = {in:y}이면 t는 {v:t}, z는 {v:z}입니다.",
          valuesAdjusted: "중간에 더한 값까지 넣으면 t는 {v:t}, z는 {v:z}입니다.",
        },
        outer: {
          outer: "끝에서부터 봅니다. dz/dt는 2t, 지금은 {g:t}입니다.",
          edge: "[page:간선에 돌아오는 값으로 적혀 있고, 간선을 고르면 곱셈이 보입니다.]",
        },
        chain: {
          inner: "다음은 t = x + y이고, 국소적 미분은 1입니다.",
          multiply: "연쇄법칙은 경로에 적힌 것을 곱합니다. dz/dx = dz/dt · dt/dx.",
        },
        bend: {
          slope: "x의 기울기는 {g:x}, 바로 이 점에서의 값입니다.",
          curved:
            "x가 1 늘면 {g:x} × 1 늘어난다고 예측하지만, 실제는 다릅니다. z = (x + y)²은 휘어 있어서 가는 동안 기울기가 커집니다.[page: 해 보세요. 변화가 작을수록 둘은 가까워집니다.]",
        },
        forward: {
          forward:
            "처음부터 갈 수도 있습니다. 순방향 모드는 값과 함께 x에 대한 미분을 전달합니다. x에서 1, t에서 1, z에서 {fact:tangent}입니다.",
          same: "같은 곱셈을 반대쪽 끝에서 시작했을 뿐입니다.",
        },
        both: {
          once: "[page:나란히 놓고 봅니다. ]역방향 모드는 한 번만 거슬러 가면 모든 입력에 대한 미분이 나옵니다.",
          passes: "순방향 모드는 입력마다 한 번씩 가야 합니다. 여기서는 {fact:passes}번입니다.",
        },
      },
      nodes: { x: "x", y: "y", t: "t", z: "z" },
    },
    nodes: {
      title: "덧셈 노드와 곱셈 노드",
      short: "노드",
      steps: {
        multiply: {
          swap: "곱셈 노드는 받은 기울기에 다른 쪽 입력을 곱해 돌려줍니다. 두 입력이 서로 자리를 바꾸는 셈입니다. 그래서 곱셈 계층은 들어온 값을 저장해 둡니다.",
        },
        add: {
          add: "덧셈 노드의 국소적 미분은 두 입력 모두 1입니다. 받은 기울기를 그대로 넘겨줍니다.",
        },
        meet: {
          twice: "x와 y는 두 번씩 쓰입니다. 두 간선으로 돌아온 기울기를 더합니다.",
          below: "합은 아래에 적혀 있습니다.",
        },
        layers: {
          layers:
            "프로그램은 같은 두 노드를 계층으로 만든 것입니다. forward는 입력을 저장해 두고, backward는 도착한 기울기를 받습니다.",
          prints: "프로그램은 그 결과를 출력합니다.",
        },
      },
      nodes: { x: "x", y: "y", sum: "합", product: "곱", L: "L" },
    },
    "snack-tax": {
      title: "간식과 부가세, 코드로",
      short: "코드로",
      steps: {
        program: {
          inputs:
            "간식 한 개의 가격은 {in:snack}, 개수는 {in:count}, 부가세를 더하면 값이 {in:tax}배가 됩니다.",
          layers: "프로그램은 계층을 두 개 만들어 순전파한 다음 역전파하고, 세 줄을 출력합니다.",
        },
        binary: {
          why: "왜 {fact:decimal} 대신 {fact:printed}일까요?",
          twos: "컴퓨터는 이진법으로 수를 나타냅니다. 1/3을 소수로 쓰면 끝없이 이어지듯, 이진법에서는 대부분의 소수가 끝없이 이어집니다.",
          keptTax:
            "세금 배율 {fact:tax} 대신 {fact:storedTax} 값을 저장하고, 곱도 저장할 수 있는 가장 가까운 수로 바꿉니다.",
          keptSnack:
            "간식 가격 {fact:snack} 대신 {fact:storedSnack} 값을 저장하고, 곱도 저장할 수 있는 가장 가까운 수로 바꿉니다.",
          keptCount:
            "개수 {fact:count} 대신 {fact:storedCount} 값을 저장하고, 곱도 저장할 수 있는 가장 가까운 수로 바꿉니다.",
          keptProduct: "세 수는 그대로 저장하지만, 곱은 저장할 수 있는 가장 가까운 수로 바꿉니다.",
          digits:
            "프로그램은 이웃한 수와 구별되는 자리까지 출력합니다. [page:그래프에는 ‘설정’의 자릿수만큼 보입니다.][terminal:그림에는 --digits만큼 보입니다.]",
          even: "프로그램은 {fact:printed} 값을 출력합니다. 십진법으로 곱한 값과 똑같습니다.",
          nearest:
            "프로그램은 {fact:printed} 값을 출력합니다. 저장할 수 있는 수 가운데 곱에 가장 가까운 수입니다.",
          notAlways:
            "늘 그런 것은 아닙니다. 컴퓨터는 이진법으로 수를 나타내고, 1/3을 소수로 쓰면 끝없이 이어지듯 이진법에서는 대부분의 소수가 끝없이 이어집니다. 가격 100, 개수 2, 세금 배율 1.1이면 220.00000000000003을 출력합니다.",
          tooLarge:
            "프로그램은 {fact:printed} 값을 출력합니다. 곱이 저장할 수 있는 어떤 수보다도 커졌기 때문입니다.",
        },
        many: {
          many: "프로그램은 여러 건도 한꺼번에 계산합니다. 구매 {in:purchases}건의 가격, 개수, 세금이 저마다 다를 때, 모든 총액과 기울기를 네 가지 방법으로 구합니다.[page: 이 기기에서 실행해 보세요.]",
          own: "여러분의 프로그램에서는 grad(f)(x)가 기울기를, explain(f)(x)가 이런 그래프를 줍니다.",
        },
      },
      nodes: {
        snack: "간식 가격",
        count: "개수",
        tax: "세금 배율",
        price: "세전 금액",
        total: "총액",
      },
    },
    training: {
      title: "가중치 갱신: 답",
      short: "갱신",
      steps: {
        gradients: {
          all: "역전파는 모든 가중치의 ∂E/∂w를 한 번에 구합니다.",
          slope:
            "w5의 기울기는 {g:w5}입니다. 변화가 작다면 w5가 달라지는 양에 이 수를 곱한 만큼 E가 달라진다는 뜻입니다.",
          other: "그러니 w5는 반대쪽으로 가야 합니다.",
          stays: "그러니 w5는 그대로 둡니다.",
          folded:
            "접힌 노드 안에서도 곱합니다. 가중치에서 o1로 들어가는 간선의 배율은 σ′ = o1 · (1 − o1)에 곱셈의 다른 쪽 입력을 곱한 것이고, 편향 b2에서는 σ′뿐입니다.",
        },
        step: {
          rule: "새 가중치 = 가중치 − 학습률 × 기울기.",
          watch: "[page:‘한 단계’를 누르고 E를 보세요. 지금은 {v:E}입니다.]",
          choose: "[page:가중치를 고르면 계산 과정이 나타납니다.]",
          biases: "편향 b1과 b2도 같은 규칙으로 학습합니다.",
          frozen: "편향 b1과 b2에도 기울기가 있지만 고정해 두었으므로 그대로입니다.",
        },
        rates: {
          again: "되풀이하면 신경망이 배웁니다. 학습률이 관건입니다.",
          slow: "목표가 0.4, 0.6일 때 처음 오차는 {fact:before}입니다. 100단계 뒤, 학습률 0.01이면 오차가 {fact:slow}, 너무 느립니다.",
          learn: "5면 {fact:learn}까지 줄어 수렴합니다.",
          stuck:
            "1000이면 한 번에 너무 많이 움직여 두 출력이 0이나 1 가까이에서 포화됩니다. 그곳에서는 가중치의 모든 기울기가 거의 0이어서 E는 {fact:stuck}에 머뭅니다. 갇힌 것입니다.[page: 해 보세요.]",
        },
        mazur: {
          source:
            "처음 값은 매트 마주르(Matt Mazur)의 “A Step by Step Backpropagation Example”(2015)에서 가져왔습니다. 그 글은 편향을 고정합니다. 한 단계 뒤의 가중치는 그 글과 같습니다.",
          error:
            "그 뒤의 오차는 글에 0.291027924라고 적혀 있지만 0.291027774가 맞습니다. 여기서 편향을 고정하고 처음 값으로 한 단계 계산하면 {fact:afterOne}입니다.",
        },
      },
      nodes: { E: "오차 E" },
    },
    slope: {
      title: "기울기란",
      short: "기울기",
      steps: {
        curve: {
          area: "한 변이 {in:side}인 정사각형의 넓이는 {v:area}입니다.",
          areaAdjusted: "더한 값까지 넣으면 넓이는 {v:area}입니다.",
          curve: "[page:곡선은 모든 변의 길이에 대한 넓이입니다.]",
        },
        one: {
          slope:
            "변의 기울기는 {g:side}입니다. 이 점에서 곡선에 닿는 직선, 곧 접선의 기울기입니다.",
          more: "변이 1 길어지면 넓이는 {g:side} 대신 {fact:more}만큼 늘어납니다.",
          line: "기울기가 1을 더한 변화와 꼭 같은 것은 사과에서처럼 그래프가 직선일 때뿐입니다.",
        },
        shrink: {
          quotients:
            "넓이의 변화를 변의 변화 h로 나누면, h가 1일 때 {fact:quotient1}, 0.5일 때 {fact:quotient2}, 0.25일 때 {fact:quotient3}입니다.",
          limit: "h가 작을수록 이 값은 기울기에 가까워집니다. 이것이 미분입니다.",
        },
        difference: {
          how: "그래서 규칙을 쓰지 않고도 기울기를 확인할 수 있습니다. 숫자를 작은 h만큼 늘려 보고 줄여 본 다음, 결과의 차이를 2h로 나눕니다. 이것이 수치 미분입니다.",
          marks: "[page:이제부터 기울기 옆의 ✓는 두 값이 몇 자리까지 일치하는지 알려 줍니다.]",
          card: "[page:이제부터 숫자의 카드에서 두 값이 몇 자리까지 일치하는지 알려 줍니다.]",
        },
        downhill: {
          rule: "내려가려면 반대로 갑니다. 새 변 = 변 − 학습률 × 기울기.",
          steep: "지금 기울기는 {g:side}입니다.",
          leap: "학습률이 0.5이면 단번에 가장 낮은 점에 닿습니다.",
          diverge: "1.1이면 너무 멀리 뛰어, 단계마다 반대쪽으로 더 멀어집니다.[page: 해 보세요.]",
        },
      },
      nodes: { side: "변", area: "넓이" },
    },
    sigma: {
      title: "σ, 그리고 σ′ = o · (1 − o)인 까닭",
      short: "σ",
      steps: {
        squash: {
          between: "시그모이드 함수 σ는 어떤 수든 0과 1 사이의 수로 만듭니다.",
          value: "x가 {in:x}이면 그 값은 {v:o}입니다.",
          try: "[page:x를 끌어서 곡선이 어디에서 평평한지 보세요.]",
        },
        steps: {
          four: "네 단계입니다. −x, e의 거듭제곱, 1 더하기, 1을 그 수로 나누기.",
          kept: "여기서는 차례로 {v:minus}, {v:power}, {v:sum}, {v:o}입니다.",
        },
        back: {
          reciprocal: "끝에서 거슬러 갑니다. 1/s의 미분은 −1/s²이고, 1/s가 바로 o입니다.",
          sum: "그래서 합 쪽으로 {g:sum} 값이 갑니다.",
        },
        whole: {
          along:
            "1을 더하는 노드는 그대로 넘기고, 거듭제곱은 자기 자신을 곱하고, −x는 부호를 바꿉니다. x에서는 {g:x}입니다.",
          same: "모두 곱하면 o · (1 − o)입니다: {fact:product}.",
        },
        steep: {
          steepest: "o · (1 − o)는 o = 0.5일 때 0.25로 가장 크고, 멀리서는 거의 0입니다.",
          here: "지금 기울기는 {g:x}입니다.",
          one: "이제부터 σ는 노드 하나입니다. 출력만 알면 기울기를 압니다.",
        },
      },
      nodes: { x: "x", minus: "−x", power: "거듭제곱", sum: "합", o: "o" },
    },
    neuron: {
      title: "뉴런 하나",
      short: "뉴런",
      steps: {
        sum: {
          weights: "뉴런은 입력마다 가중치를 곱하고 편향을 더합니다.",
          sum: "{fact:sum}.",
          sumAdjusted: "중간에 더한 값까지 넣으면 합은 {fact:adjustedSum}입니다.",
          squash: "σ는 이 합으로 {v:o} 값을 만듭니다.",
          squashAdjusted: "더한 값까지 넣으면 출력은 {v:o}입니다.",
        },
        error: {
          target: "바라는 출력은 {in:t}입니다.",
          error: "오차 E는 차이를 제곱한 것의 절반, {v:E}입니다.",
        },
        back: {
          three:
            "w1의 기울기는 셋을 곱한 것입니다. 출력이 빗나간 정도, σ의 기울기, 가중치의 입력입니다.",
          slope: "지금 σ의 기울기: {fact:slope}.",
          card: "[page:w1을 골라 카드를 열면 곱셈이 보입니다.]",
        },
        step: {
          rule: "가중치가 기울기의 반대로 움직이면 E가 줄어듭니다. 새 가중치 = 가중치 − 학습률 × 기울기.",
          press: "[page:‘한 단계’를 누르고 E를 보세요. 지금은 {v:E}입니다.]",
        },
      },
      nodes: { E: "오차 E" },
    },
    points: {
      title: "여러 점",
      short: "여러 점",
      steps: {
        mean: {
          one: "신경망은 한 번에 한 점을, 바라는 출력 t와 함께 보여 줍니다.",
          mean: "학습은 점 {fact:points}개의 평균 오차를 줄입니다. 단계마다 모든 점의 요구를 더합니다.",
        },
        learn: {
          train: "[page:‘실행’을 누르세요. 색은 모든 x1, x2에 대한 출력입니다.]",
          told: "학습률 2로 {fact:steps}단계를 가면 평균 오차가 {fact:before}에서 {fact:after}까지 줄어듭니다.",
        },
        held: {
          held: "규칙을 배웠을까요, 이 점들만 배웠을까요? 다른 점 {fact:held}개는 남겨 두고 어떤 단계에서도 쓰지 않았습니다.",
          heldTold:
            "그동안 남겨 둔 점의 평균 오차는 {fact:heldBefore}에서 {fact:heldAfter}까지 갔습니다.",
        },
      },
      nodes: { E: "이 점의 E" },
    },
    own: {
      title: "나만의 함수",
      short: "내 함수",
      steps: {
        write: {
          write:
            "[page:함수를 적어 보세요. 앞에서 본 모든 것이 그대로 됩니다.][terminal:앞에서 본 모든 것이 나만의 함수에도 그대로 됩니다.]",
        },
      },
      nodes: {},
    },
  },
  inputs: {
    price: "사과 가격",
    count: "개수",
    tax: "세금 배율",
    apples: "사과 개수",
    applePrice: "사과 가격",
    tangerines: "귤 개수",
    tangerinePrice: "귤 가격",
    snack: "간식 가격",
    purchases: "구매 건수",
    rate: "학습률",
    frozen: "고정한 편향, 0이나 1",
  },
  count: (count) =>
    count % TEN_THOUSAND === 0 && count > 0
      ? `${(count / TEN_THOUSAND).toLocaleString("en")}만`
      : count.toLocaleString("en"),
  complaints: {
    number: (label) => `${withParticle(label, "topic")} 숫자여야 합니다`,
    finite: (label) => `${withParticle(label, "topic")} 유한한 수여야 합니다`,
    least: (label, least) => `${withParticle(label, "topic")} ${least} 이상이어야 합니다`,
    most: (label, most) => `${withParticle(label, "topic")} ${most} 이하여야 합니다`,
    whole: (label) => `${withParticle(label, "topic")} 정수여야 합니다`,
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
    edge: (from, to) => `${from}에서 ${to} 쪽으로`,
    openAll: "모두 펼치기",
    foldAll: "모두 접기",
    drag: "↔ 끌어 보세요",
    menu: "더 보기",
    saveSvg: "SVG로 저장",
    savePng: "PNG로 저장",
    copyLink: "링크 복사",
    copied: "복사했습니다",
    notCopied: "링크는 주소창에 있습니다.",
    reset: "처음부터",
    unknown: "아직 계산하지 않음",
  },
  program: {
    heading: "프로그램",
    prints: "출력",
    without: "프로그램은 입력만으로 실행됩니다. 그래프에서 더한 값은 들어가지 않습니다.",
  },
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
    adjusted: (node, value, difference) =>
      `순전파: 더한 값 ${difference}까지 넣은 ${node} 노드의 값은 ${value}입니다.`,
    seed: (node) =>
      `역전파 시작: ${withParticle(node, "object")} 자신으로 미분한 기울기는 1입니다.`,
    through: (node, gradient) => `역전파: ${node} 노드의 기울기는 ${gradient}입니다.`,
    share: (error, from, value) =>
      `${error}, 곧 ${value} 값이 ${from}에서 가중치에 비례하여 되돌아갑니다.`,
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
    again: (hint) => `아쉽지만 아닙니다. ${hint} 한 번 더 해 보세요.`,
    near: (value, said, hint) => `정답은 ${value}, 적은 답은 ${said}입니다. ${hint}`,
    shown: (value) => `정답은 ${value}입니다.`,
    unread: (text) => `숫자로 읽을 수 없습니다: “${text}”. 2.2나 −0.5처럼 적어 주세요.`,
    isGradient: (said, node) => `${withParticle(said, "topic")} ${node} 노드의 기울기입니다.`,
    isValue: (said, node) => `${withParticle(said, "topic")} ${node} 노드의 값입니다.`,
    isPart: (said, node) =>
      `${withParticle(said, "topic")} ${node} 쪽에서 돌아온 것뿐입니다. 다른 간선으로도 돌아옵니다.`,
    isSign: "크기는 맞지만 부호가 다릅니다.",
    isPoint: "숫자는 맞지만 소수점 자리가 다릅니다.",
    isSum: "더한 값입니다. 곱해 보세요.",
    isProduct: "곱한 값입니다. 더해 보세요.",
    hintValue: (operation) => `노드에 들어오는 값으로 이 계산을 하세요: ${operation}.`,
    hintGradient: "간선마다 기울기 × 국소적 미분을 구하고, 여럿이 돌아오면 더하세요.",
  },
  node: {
    heading: "카드",
    openCard: "카드 열기",
    close: "닫기",
    less: "작게",
    more: "크게",
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
    none: "비교할 수 없음",
    corner: (left, right, gradient) =>
      `꺾인 점: 아래쪽 기울기 ${left}, 위쪽 기울기 ${right}, 여기서는 ${gradient} 사용`,
    predicted: "예측한 변화",
    actual: (result) => `${result}의 실제 변화`,
    bent: (before, after) =>
      `기울기는 한 점에서만 맞으므로 둘이 다릅니다. 가는 동안 기울기가 ${before}에서 ${after}까지 바뀌었습니다.`,
    bentBetween: "기울기는 한 점에서만 맞고 가는 동안 바뀌므로 둘이 다릅니다.",
    rises: (node, result, slope) =>
      `${withParticle(node, "subject")} 조금 커지면 ${withParticle(result, "topic")} 그 ${slope}배만큼 커집니다.`,
    falls: (node, result, slope) =>
      `${withParticle(node, "subject")} 조금 커지면 ${withParticle(result, "topic")} 그 ${slope}배만큼 작아집니다.`,
    flat: (node, result) =>
      `${withParticle(node, "subject")} 조금 커져도 ${withParticle(result, "topic")} 거의 그대로입니다. 이 점의 기울기가 0입니다.`,
    infinite: "∞는 저장할 수 있는 어떤 수보다도 큰 값을 나타냅니다.",
    notANumber: "NaN은 ∞ − ∞처럼 답이 없는 계산의 결과입니다.",
    rounded: (exact) => `전체 값 ${exact}`,
    factor: (node) => `${node} 쪽 간선의 배율`,
    forward: "순전파",
    backward: "역전파",
    upstream: "받은 기울기",
    local: "국소적 미분",
    result: "곱",
    sum: "합",
    checkRow: "확인",
    share: "몫",
    updateRow: "갱신",
    update: "한 단계 뒤",
    updateMean: (points) => `점 ${points}개의 평균 기울기로 한 단계 뒤`,
    weight: "가중치",
    from: (from, to) => `${from}에서 ${to} 쪽으로`,
    over: (result, node) => `${node}에 대한 ${result}`,
    frozen: "고정해 두었으므로 그대로입니다.",
  },
  modes: {
    heading: "두 가지 모드",
    reverse: "역방향",
    forward: "순방향",
    by: "미분할 변수",
    reverseCost: (passes, operations) =>
      `역방향: ${times(passes)} 훑어 연산 ${times(operations)}으로 모든 입력의 미분을 구합니다`,
    forwardCost: (passes, operations) =>
      `순방향: ${times(passes)} 훑어 연산 ${times(operations)}으로 모든 입력의 미분을 구합니다`,
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
    way: "전달 경로",
    share: "몫",
    numbers: "숫자로",
    carried: "오차 × 몫",
    sum: (node) => `${node}에 모인 오차`,
  },
  slope: {
    heading: "기울기",
    against: (result) => `${result}, 변수:`,
    point: (node, value, result, other) => `${node} ${value}, ${result} ${other}`,
    step: "변화 h",
    quotient: "변화 / h",
    row: (h) => `h ${h}`,
    gradient: (node) => `${node}의 기울기`,
    straight: (node) => `${node}에 대해 여기서는 직선입니다. h가 얼마든 접선이 그 위에 놓입니다.`,
    misses: (h, by) =>
      `h가 ${h}일 때 접선은 곡선에서 ${by}만큼 벗어납니다. h를 줄이면 두 값이 점점 같아집니다.`,
    agrees: (digits) => `나눈 값과 기울기가 ${digits}자리까지 일치합니다.`,
    rounding: "h가 너무 작아 반올림 때문에 나눈 값이 흐려집니다.",
    none: "그릴 기울기가 없습니다. 다른 숫자를 고르세요.",
    drag: (node) => `${node}: 곡선을 따라 끌기`,
    rise: (result, by) => `${result} ${by}`,
    run: (h) => `h = ${h}`,
    tangent: (slope) => `기울기 ${slope}`,
  },
  training: {
    heading: "학습",
    rate: "학습률",
    one: "한 단계",
    ten: "열 단계",
    run: "실행",
    stop: "멈춤",
    restart: "처음 값으로",
    freeze: "편향 고정",
    steps: (steps) => `${steps}단계 뒤`,
    at: (step, of) => `전체 ${of}단계 중 ${step}단계`,
    scrub: "학습 단계",
    adjusted: "더한 값 포함",
    meanOf: (loss) => `평균 ${loss}`,
    mean: (loss, points) => `점 ${points}개의 ${loss}`,
    heldOut: "남겨 둔 점",
    trained: "학습한 점",
    curve: (loss) => `단계마다의 ${loss}`,
    over: (loss, name) => `${name}에 대한 ${loss}`,
    next: "다음 단계",
    surface: (node, x, y) => `모든 ${x}, ${y}에 대한 ${node}`,
    point: (x, y, target) => `점 ${x}, ${y}, 바라는 값 ${target}`,
    slow: "너무 느림",
    learn: "수렴",
    stuck: "갇힘",
    leap: "단번에",
    diverge: "발산",
    steepest: (name, slope) => `학습하는 값 가운데 가장 가파른 기울기는 ${name}의 ${slope}입니다.`,
    steepestMean: (name, slope, loss) =>
      `${loss}의 가장 가파른 기울기는 ${name}의 ${slope}이고, 그래프에는 점 하나의 기울기가 있습니다.`,
    lowered: (loss, by) => `마지막 단계에서 ${withParticle(loss, "subject")} ${by} 줄었습니다.`,
    raised: (loss, by) => `마지막 단계에서 ${withParticle(loss, "subject")} ${by} 늘었습니다.`,
    still: () => "마지막 단계에서 저장할 수 있을 만큼 달라진 것이 없습니다.",
    least: (loss, least) =>
      `${withParticle(loss, "topic")} ${least}에 얼마든지 가까워질 수 있지만 그 아래로는 가지 못합니다.`,
    isNear: (loss, above) => `지금 ${withParticle(loss, "topic")} 그보다 ${above} 클 뿐입니다.`,
    isStuck: (loss, above) =>
      `지금 ${withParticle(loss, "topic")} 그보다 ${above} 큰데, 단계를 더해도 거의 움직이지 않아 갇혀 있습니다.`,
    noRate: () => "학습률이 0이면 아무것도 달라지지 않습니다.",
    isSlow: (_loss, most) =>
      `학습률이 너무 작아, 한 단계에 ${most}보다 많이 달라지는 값이 없습니다.`,
    diverges: (loss, steps) =>
      `마지막 ${steps}단계마다 ${withParticle(loss, "subject")} 늘었습니다. 학습률이 너무 커서 발산합니다.`,
    lost: (loss) =>
      `${withParticle(loss, "subject")} 저장할 수 있는 범위를 벗어나 이제 수가 아닙니다.`,
    fresh: "편향을 고정하고 처음 값에서 한 단계",
    presets: "학습률 비교:",
    learning: "학습하는 중 …",
    failed: "학습을 실행하지 못했습니다.",
  },
  both: {
    heading: "두 모드 나란히",
    one: "한 모드만",
    pass: (pass, of) => `${of}번 중 ${pass}번째`,
    reverse: "역방향",
    forward: "순방향",
    reverseMeaning: (result) => `여기서 1 커지면 ${result}에 더해지는 양`,
    forwardMeaning: (input) => `${withParticle(input, "subject")} 1 커지면 여기에 더해지는 양`,
    gradientOf: (input) => `${input}의 기울기`,
    derivativeBy: (input) => `${input}에 대한 미분`,
    notYet: "아직",
    inPass: (pass) => `${pass}번째`,
    counts: (inputs, reverse, forward) =>
      `입력 ${inputs}개, 결과 1개: 역방향 모드는 ${times(reverse)}, 순방향 모드는 ${times(forward)} 훑습니다.`,
    nextPass: "다음 훑기",
    timeline: "두 모드의 단계",
  },
  own: {
    field: "함수, 한 줄이나 여러 줄",
    read: "이렇게 읽었습니다",
    choice: (typed, read) => `${typed} → ${read}, 이렇게 읽었습니다`,
    word: (typed) => `${typed} → 이름 하나로 읽었습니다`,
    log: (typed) => `${typed} → 자연로그 ln입니다`,
    write: (shown) => `${shown} 쓰기`,
    keys: "기호",
    starts: "처음 값",
    presets: "예",
    preset: {
      square: "제곱",
      neuron: "뉴런 하나",
      polynomial: "다항식",
      newton: "뉴턴의 제곱근",
      softmax: "소프트맥스와 교차 엔트로피",
      logistic: "로지스틱 회귀",
      network: "2-3-1 신경망",
    },
    kept: "이 브라우저에 저장한 함수",
    keep: "저장",
    forget: (text) => `${text} 지우기`,
    undo: "되돌리기",
    code: "같은 함수, TypeScript로",
    copy: "복사",
    same: "마지막 비트까지 같은 그래프를 출력합니다.",
    points: "점으로 학습하기",
    data: "점이 주는 입력을 고르세요.",
    target: "바라는 값",
    add: "점 추가",
    remove: (point) => `${point}번 점 지우기`,
    cell: (name, point) => `${point}번 점의 ${name}`,
    lowers: (result) => `점이 없으면 ${result} 값을 줄이도록 학습합니다.`,
    fits: (result) =>
      `점마다 (${result} − 바라는 값)²을 구해 그 평균을 줄입니다. 그래프는 첫 점입니다.`,
    trouble: {
      unknown: (sign) => `뜻을 모르는 기호입니다: “${sign}”.`,
      misplaced: (sign) => `여기에는 올 수 없습니다: “${sign}”.`,
      unfinished: () => "여기에 빠진 것이 있습니다.",
      unclosed: () => "이 괄호가 닫히지 않았습니다.",
      apart: (left, right) => `${left}, ${right} 사이에 기호가 빠졌습니다.`,
      brackets: (name) => `${name}에는 괄호가 필요합니다: ${name}(…).`,
      noFunction: (name) =>
        `${withParticle(name, "called")} 함수는 없습니다. 곱셈이면 ${name} · (…)로 적어 주세요.`,
      count: (name, wanted) => `${name}에는 수가 ${wanted}개 필요합니다.`,
      comma: () => "쉼표는 함수의 수 사이에만 씁니다. 소수점은 마침표입니다.",
      decimal: () => "소수점은 마침표로, 천 단위는 쉼표 없이 적어 주세요.",
      inverse: (name) =>
        `${name}⁻¹은 역함수일 수도, 1/${name}일 수도 있습니다. 어느 쪽인지 적어 주세요.`,
      bar: () => "짝이 없는 막대입니다. |x|처럼 둘을 적어 주세요.",
      bars: () => "막대를 두 가지로 읽을 수 있습니다. abs(…)로 적어 주세요.",
      factorial: () => "계승에는 기울기가 없습니다. 3 · 2 · x처럼 곱으로 적어 주세요.",
      derivative: () => "미분은 그래프가 모두 계산합니다. x = t^2처럼 함수만 적어 주세요.",
      steps: () => "계단 모양 함수에는 기울기가 없습니다. x/2처럼 그 함수 없이 적어 주세요.",
      reserved: (name) => `이미 뜻이 있는 이름입니다: ${name}.`,
      twice: (name) => `두 번 만든 이름입니다: ${name}.`,
      early: (name) => `만들기 전에 쓴 이름입니다: ${name}.`,
      notFinite: () => "유한한 수가 아닙니다.",
      deep: (most) => `괄호가 ${most}겹보다 깊습니다.`,
      large: (most) => `연산이 ${most}개보다 많으면 그리지 않습니다.`,
      long: (most) => `${most}자보다 긴 글은 읽지 않습니다.`,
      empty: () => "아직 계산할 것이 없습니다. x^2처럼 이름을 써 보세요.",
    },
    waiting: "마지막으로 완성된 함수를 보여 줍니다.",
  },
  teacher: {
    presenter: "발표 화면 (P)",
    leave: "발표 화면 닫기",
    hide: "링크로 숫자 숨기기",
    hideValue: "값을 숨기고 링크 복사",
    hideGradient: "기울기를 숨기고 링크 복사",
    blanks: "빈칸으로 인쇄",
    question: (node) => `${node}에는 무엇이 올까요?`,
    full: "전체 페이지",
  },
  tabs: {
    heading: "그래프 옆에",
    slope: "기울기",
    training: "학습",
    shares: "몫",
    code: "코드",
    speed: "속도",
    table: "표",
    modes: "모드",
  },
  speed: {
    run: "실행",
    running: (part) => `계산 중: ${part}`,
    stop: "멈춤",
    way: "방법",
    best: "가장 빠른 시간, ms",
    rate: "처리량(백만 건/초)",
    loop: "JavaScript, 손으로 쓴 반복문 하나",
    loops: "JavaScript, 연산마다 반복문 하나",
    javascript: "graddiff, JavaScript",
    wasm: "graddiff, WebAssembly",
    threads: (count) => `graddiff, WebAssembly, 스레드 ${count}개`,
    noWasm: "graddiff (여기서는 WebAssembly를 쓸 수 없음)",
    agree:
      "네 방법의 기울기는 마지막 비트까지 같습니다. 더하는 순서가 다른 총액은 열두 자리까지 같습니다.",
    differ: "결과가 서로 다릅니다. 알려 주세요.",
    note: (runs) =>
      `구매마다 총액과 기울기 세 개, float64. 번갈아 ${runs}번 실행한 가운데 가장 빠른 시간입니다.`,
    failed: "실행하지 못했습니다.",
  },
  page: {
    skip: "본문으로",
    lessons: "차례",
    settings: "설정",
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
    damaged: (lesson) => `링크가 손상되어 “${lesson}” 장을 처음부터 시작합니다. 문제:`,
    dismiss: "확인",
    unloaded: "페이지의 한 부분을 불러오지 못했습니다. 네트워크를 확인해 주세요.",
    retry: "다시 시도",
    keys: "키: 스페이스는 재생, 쉼표와 마침표는 한 단계씩, 화살표는 노드 이동, +와 −는 값 바꾸기, Enter는 카드 열기, Escape는 닫기, P는 발표 화면.",
    try: (node, change) => `${node} ${change}`,
    set: (node, value) => `${node} = ${value}`,
  },
  link: {
    version: "이 페이지가 모르는 버전입니다",
    lesson: "그런 이름의 장이 없습니다",
    part: (part) => `알 수 없거나 두 번 나오는 부분이 있습니다: “${part}”`,
    number: (text) => `알맞은 숫자가 아닙니다: “${text}”`,
    place: "시간축에 그런 자리가 없습니다",
    function: "함수를 읽을 수 없습니다",
  },
  terminal: {
    usage: "사용법: npm start -- [옵션]",
    about: (lessons) => `계산 그래프와 역전파, ${NATIVE[lessons] || lessons} 장.`,
    options: "옵션:",
    lesson: "한 장, 또는 쉼표로 나눈 여러 장",
    lang: "en 또는 ko",
    digits: "숫자의 유효 자릿수, 1에서 17까지 (4)",
    list: "장의 이름과 제목",
    json: "결과를 JSON으로",
    help: "이 설명",
    version: "버전",
    inputs: "장의 입력, 예: --lesson graph --apples 3",
    function: '나만의 함수, 예: --function "z = (x + y)^2; x = 3"',
    set: "그 함수의 입력, 예: --set x=3",
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
