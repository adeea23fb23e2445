// Who differs from whom, and on which answers, criterion by criterion: for leads.

import type {CriterionDifferences, PairOfPeople} from '../../../gen/assay/v1/review_pb';
import {confusionOf, mostConfused} from '../../model/confusion.ts';
import {amount, count, percent, plural} from '../../model/format.ts';
import {Section} from '../../ui/layout.tsx';
import {Table} from '../../ui/table.tsx';
import {Said} from '../../ui/text.tsx';

export function Differences({of}: {of: CriterionDifferences[]}) {
  if (of.length === 0) return null;
  return (
    <Section title="Where people differ" says="For leads. On what two people judged independently; a difference tells of the guideline first, and of a person only when it is always the same one.">
      <Table
        caption="Differences by criterion"
        rows={of}
        keyOf={({criterion}) => criterion}
        startsOpen={() => of.length === 1}
        detail={(each) => <Detail of={each} />}
        columns={[
          {title: 'Criterion', cell: ({criterion}) => <Said text={criterion} />},
          {title: 'Pairs of people', isNumber: true, cell: ({people}) => count(people.length)},
          {title: 'Compared', isNumber: true, cell: ({people}) => count(total(people, 'units'))},
          {title: 'The same', isNumber: true, cell: ({people}) => percent(total(people, 'same'), total(people, 'units'))},
          {title: 'Confused most', cell: ({confusion}) => <MostConfused of={confusion} />},
        ]}
      />
    </Section>
  );
}

const total = (people: PairOfPeople[], of: 'units' | 'same'): number => people.reduce((sum, each) => sum + Number(each[of]), 0);

function MostConfused({of}: {of: CriterionDifferences['confusion']}) {
  const most = mostConfused(of);
  if (!most) return <span class="soft">nothing</span>;
  return (
    <span>
      <Said text={most.one} /> and <Said text={most.other} />, {plural(most.count, 'time')}
    </span>
  );
}

function Detail({of: {criterion, people, answers, confusion}}: {of: CriterionDifferences}) {
  const rows = confusionOf(answers, confusion);
  return (
    <div class="columns">
      <Table
        caption={`Pairs of people, ${criterion}`}
        rows={people}
        keyOf={({one, other}) => `${one} ${other}`}
        perPage={10}
        columns={[
          {title: 'Two people', cell: ({one, other}) => <span><Said text={one} /> and <Said text={other} /></span>},
          {title: 'Both judged', isNumber: true, cell: ({units}) => count(units)},
          {title: 'The same', isNumber: true, cell: ({units, same}) => percent(Number(same), Number(units))},
          {title: 'Cohen’s κ', isNumber: true, cell: ({kappa}) => amount(kappa, 'share')},
        ]}
      />
      <Table
        caption={`Answers against answers, ${criterion}`}
        rows={rows}
        keyOf={({answer}) => answer}
        columns={[
          {title: 'One said', cell: ({answer}) => <Said text={answer} />},
          ...answers.map((answer, at) => ({title: answer, isNumber: true, cell: ({cells}: {cells: number[]}) => (cells[at] ? count(cells[at]) : <span class="soft">0</span>)})),
        ]}
      />
    </div>
  );
}
