using CsCheck;
using FastAlign.Models;

namespace FastAlign.Tests.Invariance;

/// <summary>Random forests: every path from a root to a leaf has the bits of the same tokens run alone.</summary>
[Trait("Category", Goldens.Category)]
public sealed class ForestInvarianceTests
{
    private const int Iterations = 12;
    private const int LongestSegment = 40;

    /// <summary>Parent (-1 to own index - 1, by modulus) and length of each segment; lengths may be 0.</summary>
    private static readonly Gen<(int Parent, int Length)[]> Forests = Gen.Select(Gen.Int[0, 1000], Gen.Int[0, LongestSegment]).Array[1, 9];

    public static IEnumerable<TheoryDataRow<string>> Models() => HostModel.Models();

    [Theory, MemberData(nameof(Models))]
    public void Forward_RandomForest_EqualsEveryPathAlone(string name)
    {
        using var model = new HostModel(name);

        // One thread: the team of the backend is not reentrant.
        Forests.Sample(forest => Check(model, Build(model, forest)), iter: Iterations, threads: 1);
    }

    private static void Check(HostModel model, Node[] nodes)
    {
        var builder = new TokenBatchBuilder();
        var rows = new int[nodes.Length][];
        int row = 0;
        for (int s = 0; s < nodes.Length; s++)
        {
            builder.AddSegment(nodes[s].Ids, nodes[s].Parent);
            int first = nodes[s].Position == 0 ? 1 : 0;
            builder.ScoreFrom(s, first);
            builder.EndSequence();
            rows[s] = [.. Enumerable.Range(row, Math.Max(0, nodes[s].Ids.Length - first))];
            row += rows[s].Length;
        }

        TokenBatch batch = builder.Build();
        if (batch.TokenCount == 0)
        {
            return;
        }

        ForwardBits forest = model.Forward(batch);
        for (int leaf = 0; leaf < nodes.Length; leaf++)
        {
            int[] path = Path(nodes, leaf);
            int[] ids = [.. path.SelectMany(s => nodes[s].Ids)];
            if (ids.Length > 0 && !Array.Exists(nodes, n => n.Parent == leaf))
            {
                var alone = new TokenBatchBuilder();
                alone.ScoreFrom(alone.AddSegment(ids), 1);
                alone.EndSequence();
                IEnumerable<int> tokens = path.SelectMany(s => Enumerable.Range(batch.Layout.Segments[s].Start, nodes[s].Ids.Length));
                ForwardBits.AssertEqual(model.Forward(alone.Build()), forest.Select(tokens, path.SelectMany(s => rows[s])));
            }
        }
    }

    private static Node[] Build(HostModel model, (int Parent, int Length)[] forest)
    {
        var nodes = new Node[forest.Length];
        for (int s = 0; s < nodes.Length; s++)
        {
            int parent = (forest[s].Parent % (s + 1)) - 1;
            int position = parent < 0 ? 0 : nodes[parent].Position + nodes[parent].Ids.Length;
            int length = Math.Min(forest[s].Length, model.Model.MaxLength - position);
            nodes[s] = new Node(parent, position, model.Tokens(length, forest[s].Parent));
        }

        return nodes;
    }

    private static int[] Path(Node[] nodes, int leaf)
    {
        var path = new List<int>();
        for (int s = leaf; s >= 0; s = nodes[s].Parent)
        {
            path.Insert(0, s);
        }

        return [.. path];
    }

    private sealed record Node(int Parent, int Position, int[] Ids);
}
