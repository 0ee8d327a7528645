using FastAlign.Kernels;

namespace FastAlign.Alignment;

/// <summary>
/// Distance of two distributions over different vocabularies: <c>sum_r |p_(r) - q_(r)|</c> over the masses by descending rank, the shorter side filled up with
/// 0 (Boizard et al., 2024, equation 4). In the hybrid form tokens that both have are compared by themselves, by <see cref="FlooredDivergence{T}"/>, and by
/// rank only the others. Masses need not sum to 1. At most 2 where both do, and 0 if and only if the sorted masses agree.
/// </summary>
/// <remarks>Buffers of one number per token of either vocabulary; one instance serves one thread.</remarks>
public sealed class UniversalDistance
{
    private readonly int[] _student;
    private readonly int[] _teacher;
    private readonly (int Student, int Teacher)[] _matched;
    private readonly double _matchedWeight;
    private readonly double _unmatchedWeight;
    private readonly bool _isRanked;
    private readonly FlooredDivergence<Dual<ScalarDouble>> _divergence;
    private readonly double[] _studentKeys;
    private readonly double[] _teacherKeys;
    private readonly int[] _order;

    /// <param name="studentVocabulary">Masses of the policy.</param>
    /// <param name="teacherVocabulary">Masses of the teacher.</param>
    /// <param name="matched">Ids of tokens that both have; looked at in the hybrid form only.</param>
    /// <param name="options">Which form.</param>
    /// <param name="beta">Of the divergence of common tokens.</param>
    public UniversalDistance(int studentVocabulary, int teacherVocabulary, IReadOnlyList<(int Student, int Teacher)> matched, UniversalOptions options, double beta)
    {
        _matched = options.IsHybrid ? [.. matched] : [];
        _student = Others(studentVocabulary, _matched.Select(pair => pair.Student));
        _teacher = Others(teacherVocabulary, _matched.Select(pair => pair.Teacher));
        double share = (double)_matched.Length / Math.Max(1, teacherVocabulary);
        _matchedWeight = options.MatchedWeight ?? share;
        _unmatchedWeight = options.IsHybrid ? options.UnmatchedWeight ?? (1 - share) : 1;
        _isRanked = _student.Length > 0 && _teacher.Length > 0;
        _divergence = new FlooredDivergence<Dual<ScalarDouble>>(beta);
        (_studentKeys, _teacherKeys, _order) = (new double[_student.Length], new double[_teacher.Length], new int[_student.Length]);
    }

    /// <summary>The distance, and its derivative by each mass of the policy.</summary>
    /// <param name="student">Masses of the policy.</param>
    /// <param name="teacher">Masses of the teacher.</param>
    /// <param name="dStudent">Output, as long as <paramref name="student"/>; or empty.</param>
    public UniversalValue Evaluate(ReadOnlySpan<double> student, ReadOnlySpan<double> teacher, Span<double> dStudent)
    {
        dStudent.Clear();
        double matched = 0;
        foreach ((int s, int t) in _matched)
        {
            Dual<ScalarDouble> term = _divergence.Term(Variable(student[s]), Dual<ScalarDouble>.Constant(teacher[t]));
            matched += term.Value.Value;
            Set(dStudent, s, _matchedWeight * term.Slope.Value);
        }

        // Where either side has only common tokens there is nobody to rank the others with.
        double unmatched = _isRanked ? ByRank(student, teacher, dStudent) : 0;
        return new UniversalValue((_matchedWeight * matched) + (_unmatchedWeight * unmatched), matched, unmatched);
    }

    private double ByRank(ReadOnlySpan<double> student, ReadOnlySpan<double> teacher, Span<double> dStudent)
    {
        // Ascending order of what is negated is descending order.
        for (int i = 0; i < _student.Length; i++)
        {
            (_studentKeys[i], _order[i]) = (-student[_student[i]], _student[i]);
        }

        for (int i = 0; i < _teacher.Length; i++)
        {
            _teacherKeys[i] = -teacher[_teacher[i]];
        }

        _studentKeys.AsSpan().Sort(_order.AsSpan());
        _teacherKeys.AsSpan().Sort();
        double sum = 0;
        for (int r = 0; r < Math.Max(_student.Length, _teacher.Length); r++)
        {
            double p = r < _student.Length ? -_studentKeys[r] : 0;
            double q = r < _teacher.Length ? -_teacherKeys[r] : 0;
            Dual<ScalarDouble> gap = Dual<ScalarDouble>.Abs(Variable(p) - Dual<ScalarDouble>.Constant(q));
            sum += gap.Value.Value;
            if (r < _student.Length)
            {
                Set(dStudent, _order[r], _unmatchedWeight * gap.Slope.Value);
            }
        }

        return sum;
    }

    private static Dual<ScalarDouble> Variable(double value) => Dual<ScalarDouble>.Variable(new ScalarDouble(value));

    private static void Set(Span<double> into, int index, double value)
    {
        if (!into.IsEmpty)
        {
            into[index] = value;
        }
    }

    private static int[] Others(int vocabulary, IEnumerable<int> matched)
    {
        var taken = matched.ToHashSet();
        return [.. Enumerable.Range(0, vocabulary).Where(id => !taken.Contains(id))];
    }
}

/// <summary>A distance and its two parts before their weights.</summary>
/// <param name="Value">The weighted sum.</param>
/// <param name="Matched">Divergence over common tokens, nats.</param>
/// <param name="Unmatched">Distance by rank over the others.</param>
public readonly record struct UniversalValue(double Value, double Matched, double Unmatched);
